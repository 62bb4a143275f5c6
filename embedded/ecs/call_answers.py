"""Answers of moto's ECS that lose what the call was given, corrected where they are made."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from moto.ecs.responses import EC2ContainerServiceResponse

from embedded import patches
from embedded.ecs import refusals
from embedded.ecs.capacity import UNAVAILABLE

_DEFAULTS: Final[dict[str, Any]] = {
    "availability_zone_rebalancing": "DISABLED",
    "enable_ecs_managed_tags": False,
    "enable_execute_command": False,
    "health_check_grace_period_seconds": 0,
    "placement_constraints": [],
    "placement_strategy": [],
}
"""Of a service, for what CreateService was not given."""


def keep_what_create_service_was_given() -> None:
    """CreateService drops deploymentConfiguration, grace period and zone rebalancing: an endless diff.

    They do not reach the backend, so this cannot be a method of it. Upstream issue: none; getmoto/moto#8258 was
    the same for networkConfiguration.
    """
    original = EC2ContainerServiceResponse.create_service

    def create_service(self: EC2ContainerServiceResponse) -> Any:
        parameters = self._get_params()
        refusals.check_new_service(parameters, self.ecs_backend)
        answer = original(self)
        record: Any = answer.result["service"]  # type: ignore[index]
        record.deployment_configuration = parameters.get("deploymentConfiguration") or {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        }
        for name, default in _DEFAULTS.items():
            if getattr(record, name, None) is None:
                setattr(record, name, parameters.get(camel(name), default))
        cluster: Any = self.ecs_backend._get_cluster(parameters.get("cluster", "default"))
        record.capacity_provider_strategy = parameters.get("capacityProviderStrategy") or (
            [] if parameters.get("launchType") else cluster.default_capacity_provider_strategy or []
        )
        if record.capacity_provider_strategy:
            record.launch_type = None  # moto says EC2 where none is given
        record.created_at = dt.datetime.now(dt.UTC)
        record.platform_version = record.platform_version or "LATEST"
        record.platform_family = "Linux"
        record.running_count, record.pending_count = 0, 0
        return answer

    patches.replace(EC2ContainerServiceResponse, "create_service", create_service, written_for="self")


def tell_what_run_task_could_not_place() -> None:
    """RunTask names no failures. It tells them beside the tasks that it did start. Upstream issue: none."""
    original = EC2ContainerServiceResponse.run_task

    def run_task(self: EC2ContainerServiceResponse) -> Any:
        answer: Any = original(self)
        missing = self._get_int_param("count", 1) - len(answer.result["tasks"])
        answer.result["failures"] = [{"reason": UNAVAILABLE}] * missing
        return answer

    patches.replace(EC2ContainerServiceResponse, "run_task", run_task, written_for="self")


def camel(name: str) -> str:
    """A name of moto's records in the API's spelling, such as ``enableExecuteCommand``."""
    first, *rest = name.split("_")
    return first + "".join(part.upper() if part == "ecs" else part.capitalize() for part in rest)
