"""The load balancer's metrics in the embedded CloudWatch, read back as an SDK's request reads them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from moto.cloudwatch.models import CloudWatchBackend

from embedded.alb.metrics import GroupMetrics
from embedded.alb.publish_metrics import KEEP_SECONDS, NAMESPACE, MetricsPublisher

NOW = dt.datetime(2026, 1, 1, 12, 0, 30, 500000, tzinfo=dt.UTC)
GROUP = SimpleNamespace(
    name="like", arn="arn:x:targetgroup/like/1", load_balancer_arns=["arn:x:loadbalancer/app/mysfits/2"]
)
DIMENSIONS = [
    {"Name": "TargetGroup", "Value": "targetgroup/like/1"},
    {"Name": "LoadBalancer", "Value": "app/mysfits/2"},
]


async def no_metrics() -> dict[str, GroupMetrics]:
    return {}


@dataclass
class Publishing:
    """A publisher into moto's CloudWatch, for one target group."""

    cloudwatch: Any = field(default_factory=lambda: CloudWatchBackend("us-east-1", "000000000000"))

    def __post_init__(self) -> None:
        elb = SimpleNamespace(target_groups={"like": GROUP})
        self.publisher = MetricsPublisher(cloudwatch=self.cloudwatch, elbv2=elb, read=no_metrics)

    def sum(self, metric: str, statistic: str = "Sum", *, since: dt.datetime = NOW) -> float:
        """As moto is asked by a request: times are UTC without a zone."""
        start = since.replace(tzinfo=None)
        found = self.cloudwatch.get_metric_statistics(
            NAMESPACE, metric, start, start + dt.timedelta(hours=2), 1, [statistic], dimensions=DIMENSIONS
        )
        return float(
            sum(getattr(point, statistic.lower() if statistic == "Sum" else "sample_count") for point in found)
        )


def test_what_was_counted_since_the_last_round_can_be_read_back() -> None:
    one = Publishing()
    one.publisher.publish({"like": GroupMetrics(requests=4, responses_5xx=1, latency_ms=((10.0, 4),))}, now=NOW)
    later = NOW + dt.timedelta(seconds=1)
    one.publisher.publish({"like": GroupMetrics(requests=6, responses_5xx=1, latency_ms=((10.0, 6),))}, now=later)
    assert one.sum("RequestCount") == 6
    assert one.sum("RequestCount", since=later) == 2
    assert one.sum("HTTPCode_Target_5XX_Count") == 1
    assert one.sum("TargetResponseTime") == pytest.approx(0.06)


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    one = Publishing()
    elsewhere = NOW.astimezone(dt.timezone(dt.timedelta(hours=5)))
    one.publisher.publish({"like": GroupMetrics(requests=4, latency_ms=((10.0, 4),))}, now=elsewhere)
    assert one.sum("RequestCount") == 4


def test_an_idle_second_has_no_data_and_old_data_is_dropped() -> None:
    one = Publishing()
    counted = {"like": GroupMetrics(requests=4, latency_ms=((10.0, 4),))}
    one.publisher.publish(counted, now=NOW)
    size = len(one.cloudwatch.metric_data)
    one.publisher.publish(counted, now=NOW + dt.timedelta(seconds=KEEP_SECONDS))
    assert len(one.cloudwatch.metric_data) == size
    one.publisher.publish(counted, now=NOW + dt.timedelta(seconds=KEEP_SECONDS + 1))
    assert one.cloudwatch.metric_data == []
