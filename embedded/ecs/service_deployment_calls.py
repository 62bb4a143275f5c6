"""ListServiceDeployments and DescribeServiceDeployments, which moto lacks. Upstream issue: none.

Terraform's provider waits on them from version 6.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ServiceNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse

from embedded import patches
from embedded.ecs.service_deployment import ServiceDeployment

_MISSING: Final = "MISSING"


def answer_service_deployments() -> None:
    """Add both calls to moto; done once, before serving."""
    patches.add(EC2ContainerServiceResponse, "list_service_deployments", _list)
    patches.add(EC2ContainerServiceResponse, "describe_service_deployments", _describe)


def listed(backend: Any, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What ListServiceDeployments answers, the newest first.

    Args:
        backend: moto's ECS.
        parameters: as the call has them.

    Raises:
        ServiceNotFoundException: no such service.
    """
    record = _service(backend, parameters)
    statuses = parameters.get("status") or ()
    between = parameters.get("createdAt") or {}
    after, before = _time(between.get("after")), _time(between.get("before"))
    return [
        one.brief(record)
        for one in _history(record)
        if (not statuses or one.status in statuses)
        and (after is None or one.created_at >= after)
        and (before is None or one.created_at <= before)
    ]


def described(backend: Any, arns: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """What DescribeServiceDeployments answers: deployments, and failures for ARNs that nobody knows."""
    known = {one.arn(record): (one, record) for record in list(backend.services.values()) for one in _history(record)}
    found = [one.describe(record) for one, record in (known[arn] for arn in arns if arn in known)]
    return found, [{"arn": arn, "reason": _MISSING} for arn in arns if arn not in known]


def _list(self: Any) -> ActionResult:
    return ActionResult({"serviceDeployments": listed(self.ecs_backend, self._get_params())})


def _describe(self: Any) -> ActionResult:
    found, failures = described(self.ecs_backend, self._get_param("serviceDeploymentArns") or [])
    return ActionResult({"serviceDeployments": found, "failures": failures})


def _service(backend: Any, parameters: Mapping[str, Any]) -> Any:
    cluster = backend._get_cluster(parameters.get("cluster") or "default")
    record = backend.services.get(f"{cluster.name}:{str(parameters.get('service', '')).rpartition('/')[2]}")
    if record is None:
        raise ServiceNotFoundException
    return record


def _history(record: Any) -> Iterator[ServiceDeployment]:
    memory = getattr(record, "rollout_memory", None)
    yield from getattr(memory, "history", ())


def _time(value: Any) -> dt.datetime | None:
    """A time of a JSON call: seconds since 1970, or a text that names the zone."""
    if value is None or isinstance(value, dt.datetime):
        return value
    if isinstance(value, (int, float)):
        return dt.datetime.fromtimestamp(float(value), dt.UTC)
    return dt.datetime.fromisoformat(str(value))
