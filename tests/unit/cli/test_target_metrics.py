"""Figures of target groups from the embedded CloudWatch, read as the deployer reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws
from cli.errors import CommandError
from cli.phases import Tasks
from cli.target_metrics import BalancerFigures, Figures, TargetMetrics, publication, require_alarms
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key
from settings.settings import Settings

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
LIKE = Tasks(service="like")
BALANCER = {"LoadBalancer": "app/mysfits-dev/1"}
OF_LIKE = {**BALANCER, "TargetGroup": "targetgroup/mysfits-dev-like/2"}


class CloudWatch:
    """Answers GetMetricData in pages of one result, from a store of the embedded AWS."""

    def __init__(self) -> None:
        self.backend = EmbeddedCloudWatch("us-east-1", "000000000000")
        self.store = self.backend.store("AWS/ApplicationELB")
        self.alarms: dict[str, tuple[str, str]] = {}
        self.inside = "in use"

    def describe_alarms(self, *, AlarmNames: list[str], AlarmTypes: list[str]) -> dict[str, Any]:
        assert AlarmTypes == ["MetricAlarm", "CompositeAlarm"]
        found = [
            {"AlarmName": name, "StateValue": state, "StateReason": reason}
            for name, (state, reason) in self.alarms.items()
            if name in AlarmNames
        ]
        return {"MetricAlarms": found[:1], "CompositeAlarms": found[1:]}

    def get_paginator(self, name: str) -> CloudWatch:
        assert name == "get_metric_data"
        return self

    def paginate(
        self, *, MetricDataQueries: list[dict[str, Any]], StartTime: dt.datetime, EndTime: dt.datetime
    ) -> Iterator[dict[str, Any]]:
        for query in MetricDataQueries:
            (found,) = self.backend.get_metric_data([query], StartTime, EndTime)
            yield {
                "MetricDataResults": [
                    {"Id": found["id"], "Timestamps": found["timestamps"], "Values": found["values"]},
                ]
            }

    def describe_target_groups(self, *, Names: list[str]) -> dict[str, Any]:
        (name,) = Names
        inside = name.endswith(("-i", "-n"))
        if inside and self.inside not in ("in use", "idle"):
            code = "TargetGroupNotFound" if self.inside == "gone" else self.inside
            raise ClientError({"Error": {"Code": code}}, "DescribeTargetGroups")
        group: dict[str, Any] = {
            "TargetGroupArn": f"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/{name}/2",
            "LoadBalancerArns": ["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/mysfits-dev/1"],
        }
        if inside and self.inside == "idle":
            group["LoadBalancerArns"] = []
        return {"TargetGroups": [group]}

    def put(self, metric: str, dimensions: dict[str, str], *samples: tuple[float, int], second: float = 0) -> None:
        self.store.put(Key.of(metric, dimensions), at=NOON.timestamp() + second, samples=samples)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> CloudWatch:
    cloud = CloudWatch()
    monkeypatch.setattr(aws, "client", lambda *_: cloud)
    return cloud


def test_a_canary_has_figures_of_its_own(cloudwatch: CloudWatch) -> None:
    of_canary = {**OF_LIKE, "TargetGroup": "targetgroup/mysfits-dev-like-c/2"}
    cloudwatch.put("RequestCount", of_canary, (7.0, 1))
    for hosts in (0, 2, 1):
        cloudwatch.put("UnHealthyHostCount", of_canary, (float(hosts), 1))
    tasks = Tasks(service="like", canary=True)
    found = TargetMetrics(Settings.from_environ({})).group(tasks, NOON, NOON + dt.timedelta(minutes=1))
    assert found == Figures(requests=7, answers=0, errors=0, unhealthy_hosts=2)
    assert "2 tasks unhealthy" in str(found)


def test_the_monolith_on_the_paths_of_others_has_figures_of_its_own(cloudwatch: CloudWatch) -> None:
    cloudwatch.put("RequestCount", {**OF_LIKE, "TargetGroup": "targetgroup/mysfits-dev-monolith-f/2"}, (9.0, 1))
    tasks = Tasks(service="monolith", for_others=True)
    found = TargetMetrics(Settings.from_environ({})).group(tasks, NOON, NOON + dt.timedelta(minutes=1))
    assert found.requests == 9


def test_alarms_that_are_raised_or_missing_are_named(cloudwatch: CloudWatch) -> None:
    cloudwatch.alarms = {"stock": ("ALARM", "below 3"), "queue": ("OK", ""), "lonely": ("ALARM", "")}
    found = TargetMetrics(Settings.from_environ({})).alarms(["stock", "queue", "lonely", "gone"])
    assert found == [
        "the alarm stock is raised (below 3)",
        "the alarm lonely is raised (no reason given)",
        "there is no alarm gone",
    ]


def test_figures_of_a_group(cloudwatch: CloudWatch) -> None:
    for second in (10, 70):
        cloudwatch.put("RequestCount", OF_LIKE, (50.0, 1), second=second)
    cloudwatch.put("HTTPCode_Target_5XX_Count", OF_LIKE, (2.0, 1), second=70)
    cloudwatch.put("TargetConnectionErrorCount", OF_LIKE, (1.0, 1), second=70)
    cloudwatch.put("TargetResponseTime", OF_LIKE, (0.1, 10), (0.2, 1), second=10)
    cloudwatch.put("TargetResponseTime", OF_LIKE, (0.4, 33), second=70)
    found = TargetMetrics(Settings.from_environ({})).group(LIKE, NOON, NOON + dt.timedelta(minutes=2))
    assert (found.requests, found.answers, found.errors, found.connection_errors) == (100, 44, 2, 1)
    assert found.p50_seconds == pytest.approx((11 * 0.1 + 33 * 0.4) / 44), "minutes by their answers"
    assert found.p99_seconds == pytest.approx((11 * 0.2 + 33 * 0.4) / 44)
    assert str(found) == (
        "100 requests, 2 of them 5xx (2.0%), 1 connections failed, 56 without an answer, p50 325 ms, p99 350 ms"
    )


def test_what_lies_outside_of_the_time_does_not_count(cloudwatch: CloudWatch) -> None:
    for second in (-1, 0, 59, 60):
        cloudwatch.put("RequestCount", OF_LIKE, (1.0, 1), second=second)
    found = TargetMetrics(Settings.from_environ({})).group(LIKE, NOON, NOON + dt.timedelta(minutes=1))
    assert found == Figures(requests=2, answers=0, errors=0)
    assert str(found) == "2 requests, 0 of them 5xx (0.0%), no answer"


def test_the_load_balancers_own_answers_are_read_for_the_whole_of_it(cloudwatch: CloudWatch) -> None:
    cloudwatch.put("RequestCount", BALANCER, (200.0, 1))
    cloudwatch.put("RequestCount", OF_LIKE, (50.0, 1))
    cloudwatch.put("HTTPCode_ELB_5XX_Count", BALANCER, (4.0, 1))
    found = TargetMetrics(Settings.from_environ({})).balancer(LIKE, NOON, NOON + dt.timedelta(minutes=1))
    assert found == BalancerFigures(requests=200, own_errors=4)
    assert found.own_error_share == 0.02
    assert BalancerFigures(requests=0, own_errors=0).own_error_share == 0


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("stock,gone", "CANARY_ALARMS=stock,gone: there is no alarm gone in us-east-1. Nothing was changed"),
        ("queue", r"the alarm queue is raised \(above 9\) in us-east-1\. Nothing was changed"),
    ],
)
def test_an_alarm_that_is_missing_or_raised_is_refused_before_anything_changes(
    names: str, told: str, cloudwatch: CloudWatch
) -> None:
    cloudwatch.alarms = {"stock": ("OK", ""), "queue": ("ALARM", "above 9")}
    require_alarms(Settings.from_environ({}))
    require_alarms(Settings.from_environ({"CANARY_ALARMS": "stock"}))
    with pytest.raises(CommandError, match=told) as caught:
        require_alarms(Settings.from_environ({"CANARY_ALARMS": names}))
    assert caught.value.exit_code == 2


def test_the_monolith_is_judged_by_what_comes_inside_the_vpc_too(cloudwatch: CloudWatch) -> None:
    for suffix, requests, seconds in (("-c", 30.0, 0.1), ("-n", 10.0, 0.5)):
        of_group = {**BALANCER, "TargetGroup": f"targetgroup/mysfits-dev-monolith{suffix}/2"}
        cloudwatch.put("RequestCount", of_group, (requests, 1))
        cloudwatch.put("HTTPCode_Target_5XX_Count", of_group, (1.0, 1))
        cloudwatch.put("UnHealthyHostCount", of_group, (1.0, 1))
        cloudwatch.put("TargetResponseTime", of_group, (seconds, round(requests)))
    tasks = Tasks(service="monolith", canary=True)
    found = TargetMetrics(Settings.from_environ({})).group(tasks, NOON, NOON + dt.timedelta(minutes=1))
    assert (found.requests, found.errors, found.unhealthy_hosts) == (40, 2, 1), "its tasks are the same in both groups"
    assert found.p50_seconds == pytest.approx((30 * 0.1 + 10 * 0.5) / 40)


@pytest.mark.parametrize("place", ["gone", "idle"])
def test_a_group_inside_that_is_not_in_use_says_nothing(cloudwatch: CloudWatch, place: str) -> None:
    cloudwatch.inside = place
    cloudwatch.put("RequestCount", {**BALANCER, "TargetGroup": "targetgroup/mysfits-dev-monolith/2"}, (5.0, 1))
    cloudwatch.put("RequestCount", {**BALANCER, "TargetGroup": "targetgroup/mysfits-dev-monolith-i/2"}, (9.0, 1))
    found = TargetMetrics(Settings.from_environ({})).group(
        Tasks(service="monolith"), NOON, NOON + dt.timedelta(minutes=1)
    )
    assert found.requests == 5


def test_another_refusal_is_not_taken_for_a_group_that_is_gone(cloudwatch: CloudWatch) -> None:
    cloudwatch.inside = "Throttling"
    with pytest.raises(ClientError, match="Throttling"):
        TargetMetrics(Settings.from_environ({})).group(Tasks(service="monolith"), NOON, NOON)


def test_an_alb_publishes_whole_minutes_a_minute_late() -> None:
    published = publication(Settings.from_environ({"TARGET": "aws"}))
    now = NOON + dt.timedelta(seconds=150.5)
    assert published.next_begin(now) == NOON + dt.timedelta(minutes=3)
    assert published.next_begin(NOON) == NOON
    assert published.known_until(now) == NOON + dt.timedelta(minutes=1)
    assert published.known_until(NOON + dt.timedelta(seconds=120)) == NOON + dt.timedelta(minutes=1)
    assert published.seconds_to_next(now) == 29.5
    assert published.seconds_to_next(NOON) == 60


def test_the_embedded_load_balancer_publishes_every_second_at_once() -> None:
    published = publication(Settings.from_environ({}))
    now = NOON + dt.timedelta(seconds=2.5)
    assert published.next_begin(now) == NOON + dt.timedelta(seconds=3)
    assert published.known_until(now) == NOON + dt.timedelta(seconds=2)
    assert published.seconds_to_next(now) == 0.5
