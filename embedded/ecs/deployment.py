"""A deployment of a service, as DescribeServices shows it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

RolloutState = Literal["IN_PROGRESS", "COMPLETED", "FAILED"]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(kw_only=True)
class Deployment:
    """One set of tasks of one task definition.

    Attributes:
        task_definition: ARN with revision.
        failures: failed tasks in a row, for the circuit breaker; a task in service resets it.
        failed_tasks: all failed tasks, as the API reports them.
        start_not_before: monotonic seconds before which no further task is started (restart with backoff).
        is_rollback: whether the circuit breaker or an alarm made it.
        ignores_alarms: whether an alarm was off when it began, so that none ends it; None: nobody has looked yet.
        remarked: whether it was told what of it is not supported here.
    """

    task_definition: str
    is_rollback: bool = False
    id: str = field(default_factory=lambda: f"ecs-svc/{secrets.randbelow(10**19):019d}")
    created_at: dt.datetime = field(default_factory=_now)
    updated_at: dt.datetime = field(default_factory=_now)
    state: RolloutState = "IN_PROGRESS"
    reason: str = ""
    failures: int = 0
    failed_tasks: int = 0
    start_not_before: float = 0.0
    ignores_alarms: bool | None = None
    remarked: bool = False

    def __post_init__(self) -> None:
        self.enter("IN_PROGRESS", f"ECS deployment {self.id} in progress.")

    def enter(self, state: RolloutState, reason: str) -> None:
        """Change the rollout state."""
        self.state, self.reason, self.updated_at = state, reason, _now()

    def describe(self, *, status: str, desired: int, running: int, pending: int, record: Any) -> dict[str, Any]:
        """The member of ``deployments`` in the API's spelling."""
        return {
            "id": self.id,
            "status": status,
            "taskDefinition": self.task_definition,
            "desiredCount": desired,
            "runningCount": running,
            "pendingCount": pending,
            "failedTasks": self.failed_tasks,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "launchType": record.launch_type,
            "capacityProviderStrategy": getattr(record, "capacity_provider_strategy", None) or [],
            "platformVersion": record.platform_version,
            "platformFamily": "Linux",
            "networkConfiguration": record.network_configuration,
            "rolloutState": self.state,
            "rolloutStateReason": self.reason,
        }
