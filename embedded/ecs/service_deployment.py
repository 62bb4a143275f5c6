"""A service deployment, as ListServiceDeployments and DescribeServiceDeployments show it: what became of one change.

A rollback belongs to the deployment that failed. Source: "ServiceDeployment" in the ECS API reference.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from embedded.ecs import rollout
from embedded.ecs.deployment import Deployment

Status = Literal[
    "IN_PROGRESS", "SUCCESSFUL", "STOPPED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"
]

MOST_KEPT: Final = 20
"""Of one service; older ones are forgotten."""

_UNDER_WAY: Final = ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(kw_only=True)
class ServiceDeployment:
    """One change of a service.

    Attributes:
        target: the deployment that it brings, or tries to.
        source: the one that was there before; None for the first.
        back: the one that it went back to; None where it did not.
        alarms: those of its names that went off.
    """

    target: Deployment
    source: Deployment | None
    back: Deployment | None = None
    status: Status = "IN_PROGRESS"
    reason: str = ""
    alarms: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    created_at: dt.datetime = field(default_factory=_now)
    updated_at: dt.datetime = field(default_factory=_now)
    finished_at: dt.datetime | None = None
    rolled_back_at: dt.datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether it has no end yet."""
        return self.status in _UNDER_WAY

    def complete(self) -> None:
        """All that it brings is in service, or all that it went back to."""
        self._finish("SUCCESSFUL" if self.back is None else "ROLLBACK_SUCCESSFUL")

    def fail(self, reason: str, *, back: Deployment | None, alarms: Sequence[str] = ()) -> None:
        """ECS gives it up: it goes ``back``, or stays where it is where that is None."""
        if self.status == "ROLLBACK_IN_PROGRESS":
            self._finish("ROLLBACK_FAILED", reason)
            return
        self.reason, self.alarms = reason, tuple(alarms)
        if back is None:
            self._finish("STOPPED", reason)
            return
        self.back, self.status = back, "ROLLBACK_IN_PROGRESS"
        self.rolled_back_at = self.updated_at = _now()

    def replace(self) -> None:
        """Another one begins before it has ended."""
        if self.under_way:
            self._finish("STOPPED", "A newer service deployment replaced it.")

    def _finish(self, status: Status, reason: str = "") -> None:
        self.status, self.reason = status, reason or self.reason
        self.finished_at = self.updated_at = _now()

    def arn(self, record: Any) -> str:
        """Its ARN, as one of the service ``record`` (moto's)."""
        return f"{_prefix(record, 'service-deployment')}/{self.id}"

    def brief(self, record: Any) -> dict[str, Any]:
        """The member of ListServiceDeployments in the API's spelling."""
        found = {
            "serviceDeploymentArn": self.arn(record),
            "serviceArn": record.arn,
            "clusterArn": record.cluster_arn,
            "status": self.status,
            "statusReason": self.reason or None,
            "targetServiceRevisionArn": _revision_arn(record, self.target),
            "createdAt": self.created_at,
            "startedAt": self.created_at,
            "finishedAt": self.finished_at,
        }
        return {name: value for name, value in found.items() if value is not None}

    def describe(self, record: Any) -> dict[str, Any]:
        """The member of DescribeServiceDeployments in the API's spelling."""
        found = self.brief(record)
        del found["targetServiceRevisionArn"]
        configuration = getattr(record, "deployment_configuration", None) or {}
        found |= {
            "updatedAt": self.updated_at,
            "targetServiceRevision": _revision(record, self.target),
            "sourceServiceRevisions": [] if self.source is None else [_revision(record, self.source)],
            "deploymentConfiguration": configuration,
            "deploymentCircuitBreaker": self._breaker(record, configuration),
        }
        if alarms := configuration.get("alarms"):
            found["alarms"] = {
                "status": "TRIGGERED" if self.alarms else _watching(self, on=bool(alarms.get("enable"))),
                "alarmNames": list(alarms.get("alarmNames") or ()),
                "triggeredAlarmNames": list(self.alarms),
            }
        if self.back is not None:
            found["rollback"] = {
                "reason": self.reason,
                "startedAt": self.rolled_back_at,
                "serviceRevisionArn": _revision_arn(record, self.back),
            }
        return found

    def _breaker(self, record: Any, configuration: Mapping[str, Any]) -> dict[str, Any]:
        breaker = configuration.get("deploymentCircuitBreaker") or {}
        threshold = rollout.failure_threshold(int(record.desired_count))
        opened = self.target.failed_tasks >= threshold and self.target.state == "FAILED" and not self.alarms
        return {
            "status": "TRIGGERED" if opened else _watching(self, on=bool(breaker.get("enable"))),
            "failureCount": self.target.failed_tasks,
            "threshold": threshold,
        }


def begun(history: list[ServiceDeployment], target: Deployment, source: Deployment | None) -> None:
    """Add to the deployments of a service, the newest first."""
    if history:
        history[0].replace()
    history.insert(0, ServiceDeployment(target=target, source=source))
    del history[MOST_KEPT:]


def _watching(deployment: ServiceDeployment, *, on: bool) -> str:
    if not on:
        return "DISABLED"
    return "MONITORING" if deployment.under_way else "MONITORING_COMPLETE"


def _revision(record: Any, deployment: Deployment) -> dict[str, Any]:
    shown: dict[str, Any] = next((one for one in record.deployments if one["id"] == deployment.id), {})
    return {
        "arn": _revision_arn(record, deployment),
        "requestedTaskCount": int(shown.get("desiredCount", 0)),
        "runningTaskCount": int(shown.get("runningCount", 0)),
        "pendingTaskCount": int(shown.get("pendingCount", 0)),
    }


def _revision_arn(record: Any, deployment: Deployment) -> str:
    return f"{_prefix(record, 'service-revision')}/{deployment.id.rpartition('/')[2]}"


def _prefix(record: Any, kind: str) -> str:
    """ARN of what belongs to a service: as its own, with another kind."""
    head, _, _ = str(record.arn).partition(":service/")
    return f"{head}:{kind}/{record.cluster_name}/{record.name}"
