"""Figures of a target group as CloudWatch is asked for them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest

from cli import aws
from cli.canary import CloudWatchFigures, Figures
from stacks.settings import Settings

BEGAN: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
GROUP: Final = "targetgroup/mysfits-dev-like/0123"
BALANCER: Final = "app/mysfits-dev/4567"
ARN: Final = "arn:aws:elasticloadbalancing:us-east-1:1"


class Cloud:
    """CloudWatch and ELB; ``points`` has the data points by metric and statistic."""

    def __init__(self, **points: list[float]) -> None:
        self._points = points
        self.asked: list[dict[str, Any]] = []

    def describe_target_groups(self, *, Names: list[str]) -> dict[str, Any]:
        assert Names == ["mysfits-dev-like"]
        group = {"TargetGroupArn": f"{ARN}:{GROUP}", "LoadBalancerArns": [f"{ARN}:loadbalancer/{BALANCER}"]}
        return {"TargetGroups": [group]}

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        (statistic,) = asked["Statistics"]
        points = self._points.get(f"{asked['MetricName']}_{statistic}", [])
        return {"Datapoints": [{statistic: point} for point in points]}


def read(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, target: str = "local") -> Figures:
    settings = Settings.from_environ({"TARGET": target})

    def client(asked: Settings, service: str) -> Cloud:
        assert asked is settings
        assert service in ("cloudwatch", "elbv2")
        return cloud

    monkeypatch.setattr(aws, "client", client)
    return CloudWatchFigures(settings).read("like", BEGAN)


def test_figures_are_the_sums_of_all_points(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(
        RequestCount_Sum=[30.0, 12.0],
        HTTPCode_Target_5XX_Count_Sum=[1.0, 2.0],
        TargetResponseTime_Sum=[0.5, 0.34],
        TargetResponseTime_SampleCount=[30.0, 12.0],
    )
    assert read(monkeypatch, cloud) == Figures(requests=42, errors=3, latency_seconds=0.02)


def test_without_requests_there_is_no_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, Cloud()) == Figures(requests=0, errors=0, latency_seconds=None)


@pytest.mark.parametrize(("target", "seconds"), [("local", 1), ("aws", 60)])
def test_the_groups_own_metrics_are_asked_for_up_to_the_next_publication(
    monkeypatch: pytest.MonkeyPatch, target: str, seconds: int
) -> None:
    cloud = Cloud()
    before = dt.datetime.now(dt.UTC)
    read(monkeypatch, cloud, target)
    after = dt.datetime.now(dt.UTC)
    assert [(asked["MetricName"], *asked["Statistics"]) for asked in cloud.asked] == [
        ("RequestCount", "Sum"),
        ("HTTPCode_Target_5XX_Count", "Sum"),
        ("TargetResponseTime", "Sum"),
        ("TargetResponseTime", "SampleCount"),
    ]
    for asked in cloud.asked:
        assert asked["Namespace"] == "AWS/ApplicationELB"
        assert asked["Dimensions"] == [
            {"Name": "TargetGroup", "Value": GROUP},
            {"Name": "LoadBalancer", "Value": BALANCER},
        ]
        assert (asked["StartTime"], asked["Period"]) == (BEGAN, seconds)
        ahead = dt.timedelta(seconds=seconds)
        assert before + ahead <= asked["EndTime"] <= after + ahead


def test_figures_are_told_with_their_share_and_mean() -> None:
    assert str(Figures(requests=200, errors=3, latency_seconds=0.0123)) == (
        "200 requests, 3 of them 5xx (1.5%), 12 ms on average"
    )
    assert str(Figures(requests=0, errors=0, latency_seconds=None)) == "0 requests, 0 of them 5xx (0.0%), no latency"
