"""Values of the module's input ``autoscaling``; each is what Application Auto Scaling means by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

AUTOSCALED: Final = "autoscaled"
"""Folder, in the module's, of the edition that leaves ``desired_count`` alone."""


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """A target that is tracked: tasks are added above it, and taken away below nine tenths of it.

    Attributes:
        target: percent of what tasks have reserved, or requests a minute for each task.
        scale_out_cooldown_seconds: how long after tasks were added no more are, unless still more are needed.
        scale_in_cooldown_seconds: how long after tasks were taken away no more are.
        disable_scale_in: whether tasks are only added.
    """

    target: float
    scale_out_cooldown_seconds: int = 120
    scale_in_cooldown_seconds: int = 300
    disable_scale_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The CloudWatch alarm that triggers a step; without ``dimensions`` it watches the service itself."""

    metric_name: str
    threshold: float
    namespace: str = "AWS/ECS"
    dimensions: Mapping[str, str] | None = None
    statistic: str = "Average"
    comparison_operator: str = "GreaterThanOrEqualToThreshold"
    period_seconds: int = 60
    evaluation_periods: int = 1


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """What is done while the metric is so far from the threshold; None: without an end on this side."""

    scaling_adjustment: int
    from_: float | None = None
    to: float | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A policy of steps."""

    alarm: Alarm
    adjustments: Sequence[Adjustment]
    adjustment_type: str = "ChangeInCapacity"
    cooldown_seconds: int = 300
    min_adjustment_magnitude: int | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Bounds that hold from a time on; None leaves a bound as it is.

    Attributes:
        schedule: ``at(…)``, ``rate(…)`` or ``cron(…)``.
        timezone: of it, by its name in the time zone database.
        start_time, end_time: between which it holds, such as ``2030-01-31T00:00:00Z``.
    """

    schedule: str
    timezone: str = "UTC"
    min_capacity: int | None = None
    max_capacity: int | None = None
    start_time: str | None = None
    end_time: str | None = None


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """How Application Auto Scaling sets the number of a service's tasks; at least one of the ways has to be given.

    ``scale_in_suspended``: no task is taken away now; a Terraform expression may say so. None: only while the service's
    own requests are shared.
    """

    min_capacity: int
    max_capacity: int
    scale_in_suspended: bool | str | None = None
    cpu: Tracking | None = None
    memory: Tracking | None = None
    requests_per_target: Tracking | None = None
    steps: Mapping[str, Step] = field(default_factory=lambda: MappingProxyType({}))
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))

    def inputs(self) -> dict[str, Any]:
        """The module's value of this, without what is not given."""
        return _plain(self)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    match value:
        case Tracking() | Alarm() | Adjustment() | Step() | Schedule() | Autoscaling():
            given = {one.name.rstrip("_"): getattr(value, one.name) for one in fields(value)}
            return {name: _plain(one) for name, one in given.items() if one is not None and one != {}}
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
    return value
