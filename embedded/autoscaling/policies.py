"""Scaling policies as Application Auto Scaling reads them, and the number of tasks that each wants.

Sources: "Target tracking scaling policies", "Step scaling policies" in the Application Auto Scaling user guide, and the
API reference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_DEFAULT_COOLDOWN_SECONDS: Final = 300
"""Of ECS services."""

_SCALE_IN_BELOW: Final = 0.9
"""Of the target: the threshold of the alarm by which tasks are taken away."""

_HIGH_PERIODS, _LOW_PERIODS, _PERIOD_SECONDS = 3, 15, 60

_ADJUSTMENTS: Final = ("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")


class PolicyError(ValueError):
    """A policy that AWS refuses, or that cannot be obeyed here; the text says why in one line."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a policy goes by, as an alarm names it."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


@dataclass(frozen=True, kw_only=True)
class AlarmWanted:
    """An alarm that belongs to a policy that tracks a target.

    Attributes:
        which: ``AlarmHigh`` or ``AlarmLow``, part of its name.
        metric: that it watches.
        comparison, threshold, periods, period_seconds: as CloudWatch has them.
    """

    which: str
    metric: Metric
    comparison: str
    threshold: float
    periods: int
    period_seconds: int = _PERIOD_SECONDS


@dataclass(frozen=True, kw_only=True)
class TargetTracking:
    """Keeps a metric at a target.

    Attributes:
        metric: that it keeps there.
        target: its value.
        out_cooldown_seconds, in_cooldown_seconds: after tasks were added or taken away.
        only_out: whether tasks are never taken away.
    """

    metric: Metric
    target: float
    out_cooldown_seconds: float
    in_cooldown_seconds: float
    only_out: bool

    @property
    def alarms(self) -> tuple[AlarmWanted, ...]:
        """The alarms that AWS makes for it."""
        high = AlarmWanted(
            which="AlarmHigh",
            metric=self.metric,
            comparison="GreaterThanThreshold",
            threshold=self.target,
            periods=_HIGH_PERIODS,
        )
        if self.only_out:
            return (high,)
        low = AlarmWanted(
            which="AlarmLow",
            metric=self.metric,
            comparison="LessThanThreshold",
            threshold=self.target * _SCALE_IN_BELOW,
            periods=_LOW_PERIODS,
        )
        return (high, low)

    def wanted(self, current: int, value: float) -> int:
        """Tasks with which the metric, which has this value with ``current`` of them, would be at its target."""
        # A hair above a whole number is a rounding error, no reason for one more task.
        return math.ceil(current * value / self.target - 1e-9)


@dataclass(frozen=True, kw_only=True)
class StepAdjustment:
    """A change for metrics from ``lower`` to below ``upper`` beyond the threshold; None: without an end there."""

    lower: float | None
    upper: float | None
    amount: int

    def holds(self, beyond: float) -> bool:
        """Whether it is for a metric this far from the threshold: above the lower, below the upper end.

        The end that is nearer to the threshold belongs to the step, the other one to the next.
        """
        above_threshold = (self.lower or 0) >= 0 and (self.upper is None or self.upper > 0)
        low, high = -math.inf if self.lower is None else self.lower, math.inf if self.upper is None else self.upper
        return low <= beyond < high if above_threshold else low < beyond <= high


@dataclass(frozen=True, kw_only=True)
class StepScaling:
    """Changes the number of tasks by how far an alarm's metric is from the threshold."""

    adjustment_type: str
    steps: Sequence[StepAdjustment]
    cooldown_seconds: float
    least_change: int

    def wanted(self, current: int, beyond: float) -> int:
        """Tasks for a metric this far from the threshold; ``current`` where no step is for it."""
        step = next((one for one in self.steps if one.holds(beyond)), None)
        if step is None:
            return current
        if self.adjustment_type == "ExactCapacity":
            return step.amount
        if self.adjustment_type == "ChangeInCapacity":
            return current + step.amount
        change = _rounded(current * step.amount / 100)
        return current + int(math.copysign(max(abs(change), self.least_change), change)) if change else current


def _rounded(change: float) -> int:
    """As AWS rounds a percentage of tasks: towards zero, but what is less than a task is one."""
    if change == 0:
        return 0
    return int(change) if abs(change) >= 1 else int(math.copysign(1, change))


Policy = TargetTracking | StepScaling


def read(policy_type: str, configuration: Mapping[str, Any], *, cluster: str, service: str) -> Policy:
    """Read a policy.

    Args:
        policy_type: as PutScalingPolicy has it.
        configuration: of this type.
        cluster, service: what it scales.

    Raises:
        PolicyError: it is not one, or cannot be obeyed here.
    """
    if policy_type == "TargetTrackingScaling":
        return _tracking(configuration, {"ClusterName": cluster, "ServiceName": service})
    if policy_type == "StepScaling":
        return _steps(configuration)
    raise PolicyError(
        f"The embedded AWS has no policies of type {policy_type}; use TargetTrackingScaling or StepScaling."
    )


def _tracking(configuration: Mapping[str, Any], own: Mapping[str, str]) -> TargetTracking:
    target = configuration.get("TargetValue")
    if target is None or float(target) <= 0:
        raise PolicyError("TargetValue has to be above 0.")
    predefined, custom = (configuration.get(f"{kind}MetricSpecification") for kind in ("Predefined", "Customized"))
    if (predefined is None) == (custom is None):
        raise PolicyError("Give either PredefinedMetricSpecification or CustomizedMetricSpecification.")
    return TargetTracking(
        metric=_predefined(predefined, own) if predefined is not None else _custom(custom or {}),
        target=float(target),
        out_cooldown_seconds=float(configuration.get("ScaleOutCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        in_cooldown_seconds=float(configuration.get("ScaleInCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        only_out=bool(configuration.get("DisableScaleIn", False)),
    )


def _predefined(specification: Mapping[str, Any], own: Mapping[str, str]) -> Metric:
    kind, label = specification.get("PredefinedMetricType"), str(specification.get("ResourceLabel") or "")
    of_ecs = {
        "ECSServiceAverageCPUUtilization": "CPUUtilization",
        "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
    }
    if kind in of_ecs:
        return Metric(namespace="AWS/ECS", name=of_ecs[kind], dimensions=own, statistic="Average")
    if kind != "ALBRequestCountPerTarget":
        raise PolicyError(f"{kind} is no predefined metric of ECS services.")
    balancer, mark, group = label.partition("/targetgroup/")
    if not balancer.startswith("app/") or not mark:
        raise PolicyError("ResourceLabel has to be app/NAME/ID/targetgroup/NAME/ID.")
    dimensions = {"TargetGroup": f"targetgroup/{group}", "LoadBalancer": balancer}
    return Metric(namespace="AWS/ApplicationELB", name="RequestCountPerTarget", dimensions=dimensions, statistic="Sum")


def _custom(specification: Mapping[str, Any]) -> Metric:
    if specification.get("Metrics"):
        raise PolicyError("The embedded AWS tracks single metrics, no expressions of several.")
    return Metric(
        namespace=str(specification["Namespace"]),
        name=str(specification["MetricName"]),
        dimensions={one["Name"]: one["Value"] for one in specification.get("Dimensions", ())},
        statistic=str(specification["Statistic"]),
    )


def _steps(configuration: Mapping[str, Any]) -> StepScaling:
    kind, steps = configuration.get("AdjustmentType"), configuration.get("StepAdjustments") or ()
    if kind not in _ADJUSTMENTS:
        raise PolicyError(f"AdjustmentType has to be one of {', '.join(_ADJUSTMENTS)}.")
    if not steps:
        raise PolicyError("At least one StepAdjustment must be specified.")
    return StepScaling(
        adjustment_type=str(kind),
        steps=tuple(
            StepAdjustment(
                lower=_number(one.get("MetricIntervalLowerBound")),
                upper=_number(one.get("MetricIntervalUpperBound")),
                amount=int(one["ScalingAdjustment"]),
            )
            for one in steps
        ),
        cooldown_seconds=float(configuration.get("Cooldown", _DEFAULT_COOLDOWN_SECONDS)),
        least_change=int(configuration.get("MinAdjustmentMagnitude") or 1),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
