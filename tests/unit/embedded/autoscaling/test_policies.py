"""What policies want, from numbers that AWS's user guide has or that follow from its rules."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.autoscaling.policies import PolicyError, StepScaling, TargetTracking, read

OWN = {"cluster": "shop-dev", "service": "shop-dev-web"}
CPU = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    "TargetValue": 60.0,
}
LABEL = "app/shop-dev/0123456789abcdef/targetgroup/shop-dev-web/fedcba9876543210"


def tracking(**configuration: Any) -> TargetTracking:
    policy = read("TargetTrackingScaling", {**CPU, **configuration}, **OWN)
    assert isinstance(policy, TargetTracking)
    return policy


def steps(kind: str, *adjustments: tuple[float | None, float | None, int], **more: Any) -> StepScaling:
    listed = [
        {
            name: value
            for name, value in (
                ("MetricIntervalLowerBound", low),
                ("MetricIntervalUpperBound", high),
                ("ScalingAdjustment", amount),
            )
            if value is not None
        }
        for low, high, amount in adjustments
    ]
    policy = read("StepScaling", {"AdjustmentType": kind, "StepAdjustments": listed, **more}, **OWN)
    assert isinstance(policy, StepScaling)
    return policy


@pytest.mark.parametrize(
    ("current", "value", "wanted"),
    [(2, 60, 2), (2, 61, 3), (2, 300, 10), (4, 54, 4), (4, 45, 3), (10, 6, 1), (3, 0, 0)],
)
def test_a_target_is_reached_with_tasks_in_proportion(current: int, value: float, wanted: int) -> None:
    assert tracking().wanted(current, value) == wanted


def test_a_rounding_error_is_no_reason_for_one_more_task() -> None:
    assert tracking(TargetValue=0.1).wanted(1, 0.1 * 3) == 3


def test_alarms_are_above_the_target_and_below_nine_tenths_of_it() -> None:
    high, low = tracking().alarms
    assert (high.comparison, high.threshold, high.periods, high.period_seconds) == ("GreaterThanThreshold", 60, 3, 60)
    assert (low.comparison, low.threshold, low.periods) == ("LessThanThreshold", 54, 15)
    assert high.metric.dimensions == {"ClusterName": "shop-dev", "ServiceName": "shop-dev-web"}
    assert [alarm.which for alarm in tracking(DisableScaleIn=True).alarms] == ["AlarmHigh"]


def test_requests_are_those_of_the_target_group_in_the_label() -> None:
    requests = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": LABEL}
    metric = tracking(PredefinedMetricSpecification=requests).metric
    assert (metric.namespace, metric.name, metric.statistic) == ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum")
    assert metric.dimensions == {
        "LoadBalancer": "app/shop-dev/0123456789abcdef",
        "TargetGroup": "targetgroup/shop-dev-web/fedcba9876543210",  # pragma: allowlist secret
    }


def test_a_metric_of_ones_own_is_tracked() -> None:
    custom = {"MetricName": "Backlog", "Namespace": "Shop", "Statistic": "Maximum", "Dimensions": []}
    metric = tracking(PredefinedMetricSpecification=None, CustomizedMetricSpecification=custom).metric
    assert (metric.namespace, metric.name, metric.statistic) == ("Shop", "Backlog", "Maximum")


def test_cooldowns_of_ecs_are_five_minutes_unless_given() -> None:
    assert (tracking().out_cooldown_seconds, tracking(ScaleInCooldown=0).in_cooldown_seconds) == (300, 0)


@pytest.mark.parametrize(
    ("beyond", "wanted"), [(-1, 10), (0, 10), (9.9, 10), (10, 11), (19.9, 11), (20, 13), (500, 13)]
)
def test_the_lower_end_of_a_step_above_the_threshold_belongs_to_it(beyond: float, wanted: int) -> None:
    """The table of the user guide: +0 % from 0 to 10, +10 % from 10 to 20, +30 % above."""
    policy = steps("PercentChangeInCapacity", (0, 10, 0), (10, 20, 10), (20, None, 30))
    assert policy.wanted(10, beyond) == wanted


@pytest.mark.parametrize(("beyond", "wanted"), [(0, 10), (-10, 9), (-10.1, 9), (-20, 7), (-20.1, 7), (-1, 10)])
def test_the_upper_end_of_a_step_below_the_threshold_belongs_to_it(beyond: float, wanted: int) -> None:
    """The user guide's other table: -0 % from -10 to 0, -10 % from -20 to -10, -30 % below."""
    policy = steps("PercentChangeInCapacity", (-10, 0, 0), (-20, -10, -10), (None, -20, -30))
    assert policy.wanted(10, beyond) == wanted


@pytest.mark.parametrize(
    ("amount", "current", "wanted"), [(25, 5, 6), (10, 5, 6), (-10, 5, 4), (-45, 5, 3), (67, 10, 16), (0, 5, 5)]
)
def test_percentages_are_rounded_towards_zero_but_never_to_nothing(amount: int, current: int, wanted: int) -> None:
    assert steps("PercentChangeInCapacity", (0, None, amount)).wanted(current, 1) == wanted


def test_the_least_change_of_a_percentage_holds() -> None:
    policy = steps("PercentChangeInCapacity", (0, None, 25), MinAdjustmentMagnitude=2)
    assert policy.wanted(4, 1) == 6


def test_tasks_are_added_or_set() -> None:
    assert steps("ChangeInCapacity", (0, None, 3)).wanted(4, 5) == 7
    assert steps("ExactCapacity", (0, None, 3)).wanted(4, 5) == 3


@pytest.mark.parametrize(
    ("kind", "configuration", "why"),
    [
        ("PredictiveScaling", {}, "no policies of type PredictiveScaling"),
        ("TargetTrackingScaling", {"TargetValue": 0}, "above 0"),
        ("TargetTrackingScaling", {"TargetValue": 5}, "either Predefined"),
        (
            "TargetTrackingScaling",
            {
                "TargetValue": 5,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
            },
            "no predefined metric of ECS",
        ),
        (
            "TargetTrackingScaling",
            {"TargetValue": 5, "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}},
            "ResourceLabel",
        ),
        (
            "TargetTrackingScaling",
            {"TargetValue": 5, "CustomizedMetricSpecification": {"Metrics": [{"Id": "a"}]}},
            "single metrics",
        ),
        ("StepScaling", {"AdjustmentType": "Double"}, "AdjustmentType"),
        ("StepScaling", {"AdjustmentType": "ExactCapacity", "StepAdjustments": []}, "At least one"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_in_one_line(kind: str, configuration: dict[str, Any], why: str) -> None:
    with pytest.raises(PolicyError, match=why) as refused:
        read(kind, configuration, **OWN)
    assert "\n" not in str(refused.value)
