"""States of alarms, from what was measured in their last periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from embedded.cloudwatch.alarms import Alarms, Missing, Reading, State, decide
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key

NAMESPACE = "AWS/ECS"
NOON = 1_767_268_800.0
"""A whole minute, in epoch seconds."""


@pytest.mark.parametrize(
    ("values", "needed", "missing", "before", "state"),
    [
        ([9, 9, 9], 3, "missing", "OK", "ALARM"),
        ([9, 1, 9], 3, "missing", "OK", "OK"),
        ([9, 1, 9], 2, "missing", "OK", "ALARM"),
        ([1, 1, 9], 3, "missing", "ALARM", "OK"),
        ([None, None, None], 3, "missing", "ALARM", "INSUFFICIENT_DATA"),
        ([None, None, None], 3, "ignore", "ALARM", "ALARM"),
        ([None, None, None], 3, "breaching", "OK", "ALARM"),
        ([None, None, None], 3, "notBreaching", "ALARM", "OK"),
        ([9, None, 9], 3, "missing", "OK", "OK"),
        ([9, None, 9], 3, "missing", "ALARM", "ALARM"),
        ([9, None, 9], 3, "breaching", "OK", "ALARM"),
        ([9, None, 9], 3, "notBreaching", "ALARM", "OK"),
        ([1, None, 9], 3, "ignore", "ALARM", "OK"),
    ],
)
def test_enough_periods_beyond_the_threshold_raise_it(
    values: Sequence[float | None], needed: int, missing: Missing, before: State, state: State
) -> None:
    assert decide(values, breaches=lambda value: value > 5, needed=needed, missing=missing, before=before) == state


@pytest.fixture
def cloudwatch() -> EmbeddedCloudWatch:
    backend = EmbeddedCloudWatch("us-east-1", "000000000000")
    backend.store(NAMESPACE)
    return backend


def put_alarm(cloudwatch: EmbeddedCloudWatch, **more: Any) -> Any:
    named = {
        "name": "hot",
        "namespace": NAMESPACE,
        "metric_name": "CPUUtilization",
        "metric_data_queries": [],
        "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 2,
        "period": 60,
        "threshold": 50.0,
        "statistic": "Average",
        "description": "",
        "dimensions": [{"Name": "ServiceName", "Value": "web"}],
        "alarm_actions": [],
    }
    return cloudwatch.put_metric_alarm(**{**named, **more})


def measure(cloudwatch: EmbeddedCloudWatch, *points: tuple[float, float]) -> None:
    for at, value in points:
        key = Key.of("CPUUtilization", {"ServiceName": "web"})
        cloudwatch.store(NAMESPACE).put(key, at=NOON + at, samples=[(value, 1)])


def evaluated(cloudwatch: EmbeddedCloudWatch, at: float, *, speed: int = 1) -> Reading:
    (reading,) = Alarms(cloudwatch, speed=speed).evaluate(now=NOON + at)
    return reading


def test_only_periods_that_are_over_count(cloudwatch: EmbeddedCloudWatch) -> None:
    alarm = put_alarm(cloudwatch)
    measure(cloudwatch, (0, 40), (30, 80), (60, 70), (110, 90), (120, 10))
    reading = evaluated(cloudwatch, 122)
    assert (reading.state, reading.value, alarm.state_value) == ("ALARM", 80, "ALARM")
    assert "[60, 80]" in alarm.state_reason
    assert evaluated(cloudwatch, 120.5).state == "ALARM", "a period is late by a second"
    assert evaluated(cloudwatch, 182).state == "OK"
    assert [entry[3] for entry in alarm.history] == ["OK", "ALARM"], "each change is in the history"


def test_a_metric_that_ends_leaves_too_little_data(cloudwatch: EmbeddedCloudWatch) -> None:
    put_alarm(cloudwatch)
    measure(cloudwatch, (0, 80), (60, 80))
    assert evaluated(cloudwatch, 122).state == "ALARM"
    assert evaluated(cloudwatch, 600).state == "INSUFFICIENT_DATA"


def test_with_speed_periods_are_shorter_and_rates_stay(cloudwatch: EmbeddedCloudWatch) -> None:
    put_alarm(cloudwatch, statistic="Sum", threshold=100)
    measure(cloudwatch, *((second, 2.0) for second in range(12)))
    reading = evaluated(cloudwatch, 13, speed=10)
    assert (reading.state, reading.value) == ("ALARM", 120), "2 a second are 120 a minute, however short it is"


def test_alarms_on_what_is_not_published_here_stay_as_they_were_set(cloudwatch: EmbeddedCloudWatch) -> None:
    foreign = put_alarm(cloudwatch, namespace="Mine")
    foreign.update_state("by hand", "{}", "ALARM")
    alarms = Alarms(cloudwatch, speed=1)
    assert alarms.evaluate(now=NOON) == []
    assert (foreign.state_value, foreign.state_reason) == ("ALARM", "by hand")
    assert alarms.warnings() == ("CloudWatch alarm hot is not evaluated: nothing here publishes metrics of Mine.",)


def test_percentiles_and_the_other_comparisons(cloudwatch: EmbeddedCloudWatch) -> None:
    measure(cloudwatch, *((second, float(second)) for second in range(60)))
    put_alarm(
        cloudwatch,
        statistic=None,
        extended_statistic="p50",
        evaluation_periods=1,
        threshold=29,
        comparison_operator="LessThanOrEqualToThreshold",
    )
    assert evaluated(cloudwatch, 62).state == "ALARM"
