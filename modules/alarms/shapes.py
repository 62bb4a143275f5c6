"""Shapes of the construct's inputs; importable without starting CDKTF."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """ARN of a target group."""

    arn: str


@dataclass(frozen=True, kw_only=True)
class WatchedService:
    """An ECS service that alarms watch; weights may be Terraform expressions.

    Attributes:
        service_name: its name in ECS.
        min_tasks: how many of its tasks are to run at least.
        target_group: None for one that has none.
        weight: percent of the requests of its paths that it gets itself; None: all paths fall back on it.
        canary_weight: percent of those that its canary gets; None: it has none.
    """

    service_name: str
    min_tasks: int
    target_group: TargetGroup | None = None
    weight: float | str | None = None
    canary_weight: float | str | None = None


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Above what an alarm is raised, if each of the last ``minutes`` is.

    Attributes:
        target_5xx_percent: of a service's answers.
        elb_5xx_per_minute: errors of the load balancer's own.
        p99_seconds: of a service's answers.
        throttles_per_minute: requests that DynamoDB turned down for a table.
        min_requests: below which a minute does not count for percentages and p99.
        minutes: how many in a row.
    """

    target_5xx_percent: float = 1
    elb_5xx_per_minute: float = 5
    p99_seconds: float = 1
    throttles_per_minute: float = 0
    min_requests: int = 20
    minutes: int = 3
