"""The figures of a canary are those that CloudWatch has of its target group."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cli import aws
from cli.canary import CloudWatchFigures, Figures
from settings.settings import Settings

SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
GROUP = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/mysfits-dev-like/0123"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/mysfits-dev/4567"


class Aws:
    """CloudWatch with these data points by metric and statistic, and the load balancer's target group."""

    def __init__(self, **points: list[float]) -> None:
        self.points = points
        self.asked: list[dict[str, Any]] = []

    def describe_target_groups(self, *, Names: list[str]) -> dict[str, Any]:
        assert Names == ["mysfits-dev-like"]
        return {"TargetGroups": [{"TargetGroupArn": GROUP, "LoadBalancerArns": [BALANCER]}]}

    def get_metric_statistics(self, **query: Any) -> dict[str, Any]:
        self.asked.append(query)
        (statistic,) = query["Statistics"]
        values = self.points.get(f"{query['MetricName']}_{statistic}", [])
        return {"Datapoints": [{statistic: value} for value in values]}


def read(monkeypatch: pytest.MonkeyPatch, found: Aws, **environ: str) -> Figures:
    monkeypatch.setattr(aws, "client", lambda _settings, _service: found)
    return CloudWatchFigures(Settings.from_environ({"ENV": "dev", **environ})).read("like", SINCE)


def test_counts_are_added_up_and_latency_is_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Aws(
        RequestCount_Sum=[10.0, 20.0],
        HTTPCode_Target_5XX_Count_Sum=[1.0, 2.0],
        TargetResponseTime_Sum=[2.0, 4.0],
        TargetResponseTime_SampleCount=[10.0, 20.0],
    )
    assert read(monkeypatch, found) == Figures(requests=30, errors=3, latency_seconds=0.2)


def test_without_data_points_there_were_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, Aws()) == Figures(requests=0, errors=0, latency_seconds=None)


@pytest.mark.parametrize(("target", "period_seconds"), [("local", 1), ("aws", 60)])
def test_cloudwatch_is_asked_for_the_group_behind_its_load_balancer(
    target: str, period_seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Aws()
    read(monkeypatch, found, TARGET=target)
    for query in found.asked:
        assert query["Namespace"] == "AWS/ApplicationELB"
        assert query["Dimensions"] == [
            {"Name": "TargetGroup", "Value": "targetgroup/mysfits-dev-like/0123"},
            {"Name": "LoadBalancer", "Value": "app/mysfits-dev/4567"},
        ]
        assert query["StartTime"] == SINCE
        ahead = query["EndTime"] - dt.datetime.now(dt.UTC)
        assert dt.timedelta(0) < ahead <= dt.timedelta(seconds=period_seconds), "the period that has begun counts"
        assert query["Period"] == period_seconds
    assert [query["MetricName"] for query in found.asked][:2] == ["RequestCount", "HTTPCode_Target_5XX_Count"]


def test_figures_are_told_with_their_latency_or_without_any() -> None:
    assert str(Figures(requests=4, errors=1, latency_seconds=0.0126)) == (
        "4 requests, 1 of them 5xx (25.0%), 13 ms on average"
    )
    assert str(Figures(requests=0, errors=0, latency_seconds=None)) == "0 requests, 0 of them 5xx (0.0%), no latency"
