"""Alarms on expressions over several metrics, as ``modules/alarms`` has them, and those that are not evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat

from embedded.cloudwatch.alarms import Alarms
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key

ECS, ALB = "AWS/ECS", "AWS/ApplicationELB"
NOON = 1_767_268_800.0
"""A whole minute, in epoch seconds."""

SHARE = "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"


class Bench:
    def __init__(self) -> None:
        self.cloudwatch = EmbeddedCloudWatch("us-east-1", "000000000000")
        self.cloudwatch.store(ECS, keeps_pace=True)
        self.cloudwatch.store(ALB)

    def put(self, *queries: MetricDataQuery, name: str = "share", **more: Any) -> Any:
        named = {
            "name": name,
            "namespace": None,
            "metric_name": None,
            "metric_data_queries": list(queries),
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 2,
            "period": None,
            "threshold": 1.0,
            "statistic": None,
            "description": "",
            "dimensions": [],
            "alarm_actions": [],
            "treat_missing_data": "notBreaching",
        }
        return self.cloudwatch.put_metric_alarm(**{**named, **more})

    def measure(self, namespace: str, metric: str, *points: tuple[float, float]) -> None:
        for at, value in points:
            key = Key.of(metric, {"Of": "web"})
            self.cloudwatch.store(namespace).put(key, at=NOON + at, samples=[(value, 1)])

    def after(self, seconds: float, *, speed: int = 1) -> Alarms:
        alarms = Alarms(self.cloudwatch, speed=speed)
        alarms.evaluate(now=NOON + seconds)
        return alarms


@pytest.fixture
def bench() -> Bench:
    return Bench()


def expression(text: str, *, name: str = "value", shown: bool = True) -> MetricDataQuery:
    return MetricDataQuery(name, "", "", "true" if shown else "false", expression=text)


def metric(
    name: str, namespace: str, metric_name: str, stat: str, *, period: str = "60", shown: bool = False
) -> MetricDataQuery:
    found = MetricStat(Metric(metric_name, namespace, [Dimension("Of", "web")]), period, stat, "")
    return MetricDataQuery(name, "", "", "true" if shown else "false", metric_stat=found)


REQUESTS = metric("requests", ALB, "RequestCount", "Sum")
ERRORS = metric("errors", ALB, "HTTPCode_Target_5XX_Count", "Sum")


def test_a_share_of_errors_raises_it_and_its_end_ends_it(bench: Bench) -> None:
    alarm = bench.put(expression(SHARE), REQUESTS, ERRORS)
    bench.measure(ALB, "RequestCount", (0, 100), (60, 100), (120, 100))
    bench.measure(ALB, "HTTPCode_Target_5XX_Count", (0, 2), (60, 3))
    assert bench.after(122).warnings() == ()
    assert (alarm.state_value, alarm.state_reason) == (
        "ALARM",
        "Threshold Crossed: datapoints [2, 3] against GreaterThanThreshold 1.0.",
    )
    bench.after(182)
    assert alarm.state_value == "OK"


def test_few_requests_do_not_count_and_neither_do_none(bench: Bench) -> None:
    alarm = bench.put(expression(SHARE), REQUESTS, ERRORS)
    bench.measure(ALB, "RequestCount", (0, 10), (60, 10))
    bench.measure(ALB, "HTTPCode_Target_5XX_Count", (0, 10), (60, 10))
    for seconds in (122, 1000):
        bench.after(seconds)
        assert alarm.state_value == "OK"


@pytest.mark.parametrize(("missing", "state"), [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", None)])
def test_a_period_without_a_value_is_treated_as_the_alarm_says(bench: Bench, missing: str, state: str | None) -> None:
    alarm = bench.put(expression("100 * errors / requests"), REQUESTS, ERRORS, treat_missing_data=missing)
    bench.measure(ALB, "RequestCount", (0, 100), (60, 100))
    bench.after(122)
    assert alarm.state_value == (state or "INSUFFICIENT_DATA")


@pytest.mark.parametrize("speed", [1, 20, 60])
def test_samples_count_tasks_at_any_speed(bench: Bench, speed: int) -> None:
    running = metric("running", ECS, "CPUUtilization", "SampleCount")
    more: dict[str, Any] = {
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "breaching",
        "threshold": 2,
    }
    alarm = bench.put(expression("FILL(running, 0)"), running, **more)
    minute = 60 / speed
    bench.measure(ECS, "CPUUtilization", *((turn * minute + minute / 2, 5) for turn in (0, 0, 1, 1, 2, 3)))
    bench.after(2 * minute + 1, speed=speed)
    assert alarm.state_value == "OK", "two tasks in each of two minutes"
    bench.after(4 * minute + 1, speed=speed)
    assert alarm.state_value == "ALARM", "one task in each of two minutes"


def test_expressions_go_by_expressions_and_a_single_metric_may_stand_alone(bench: Bench) -> None:
    share = expression("100 * errors / requests", name="share", shown=False)
    nested = bench.put(expression("IF(share > 1, share, 0)"), share, REQUESTS, ERRORS, name="nested")
    alone = bench.put(metric("m", ALB, "RequestCount", "Sum", shown=True), name="alone", threshold=99)
    bench.measure(ALB, "RequestCount", (0, 100), (60, 100))
    bench.measure(ALB, "HTTPCode_Target_5XX_Count", (0, 2), (60, 3))
    bench.after(122)
    assert (nested.state_value, alone.state_value) == ("ALARM", "ALARM")


@pytest.mark.parametrize(
    ("queries", "more", "why"),
    [
        ([expression("ANOMALY_DETECTION_BAND(requests, 2)"), REQUESTS], {}, "ANOMALY_DETECTION_BAND of 2 is not known"),
        ([expression("gone + 1"), REQUESTS], {}, "in its expression gone is not known here"),
        ([expression("value + 1"), REQUESTS], {}, "value goes by itself"),
        (
            [expression("m"), metric("m", "AWS/DynamoDB", "X", "Sum")],
            {},
            "nothing here publishes metrics of AWS/DynamoDB",
        ),
        ([expression("m"), metric("m", ALB, "X", "tm99")], {}, "tm99 is no statistic"),
        ([expression("m + requests"), metric("m", ALB, "X", "Sum", period="300"), REQUESTS], {}, "several periods"),
        ([REQUESTS], {}, "just one of its metrics has to return data"),
        ([expression("requests"), REQUESTS], {"comparison_operator": "LessThanLowerThreshold"}, "LessThanLower"),
        ([], {"rule": "ALARM(one)"}, "it goes by other alarms"),
    ],
)
def test_what_cannot_be_evaluated_says_so_in_the_alarm_and_to_people(
    bench: Bench, queries: list[MetricDataQuery], more: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    alarm = bench.put(*queries, **more)
    alarms = bench.after(122)
    (warning,) = alarms.warnings()
    assert warning.startswith("CloudWatch alarm share is not evaluated: ")
    assert why in warning
    assert alarm.state_value == "INSUFFICIENT_DATA"
    assert why in alarm.state_reason
    alarm.update_state("by hand", "{}", "ALARM")
    alarms.evaluate(now=NOON + 123)
    assert alarm.state_reason == "by hand", "it is said once"
    assert caplog.messages == [warning]
    bench.cloudwatch.alarms.clear()
    alarms.evaluate(now=NOON + 124)
    assert alarms.warnings() == ()
