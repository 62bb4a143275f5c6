"""GetMetricStatistics with percentiles: of what the embedded AWS publishes, and of what programs put."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.models import DEFAULT_ACCOUNT_ID

from embedded.cloudwatch import percentiles
from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key

OURS, THEIRS = "AWS/ApplicationELB", "Shop"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    with mock_aws():
        before = vars(CloudWatchResponse)["get_metric_statistics"]  # as it is now, once the test is over
        monkeypatch.setattr(CloudWatchResponse, "get_metric_statistics", before)
        monkeypatch.setattr(cloudwatch_backends, "backend", EmbeddedCloudWatch)
        percentiles.answer_percentiles()
        backend: Any = cloudwatch_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        for minute, slow in ((0, 0.5), (1, 0.7)):
            samples = [(0.1, 97), (slow, 3)]
            at = NOON.timestamp() + 60 * minute
            backend.store(OURS).put(Key.of("TargetResponseTime", {}), at=at, samples=samples)
        yield boto3.client("cloudwatch", region_name="us-east-1", **keys)


def asked(cloudwatch: Any, namespace: str = OURS, metric: str = "TargetResponseTime", **more: Any) -> list[Any]:
    """Data points of two minutes, the oldest first."""
    window = {"StartTime": NOON, "EndTime": NOON + dt.timedelta(minutes=2), "Period": 60}
    answer = cloudwatch.get_metric_statistics(Namespace=namespace, MetricName=metric, **window, **more)
    return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])


def shown(points: list[Any]) -> list[Any]:
    return [point.get("ExtendedStatistics") for point in points]


def test_each_percentile_that_was_asked_for_is_in_each_data_point(cloudwatch: Any) -> None:
    points = asked(cloudwatch, ExtendedStatistics=["p50", "p99", "p97.5"])
    assert shown(points) == [{"p50": 0.1, "p99": 0.5, "p97.5": 0.5}, {"p50": 0.1, "p99": 0.7, "p97.5": 0.7}]
    assert [point["Timestamp"] for point in points] == [NOON, NOON + dt.timedelta(minutes=1)]
    assert not any("Sum" in point or "Average" in point for point in points)


def test_other_statistics_come_without_percentiles(cloudwatch: Any) -> None:
    points = asked(cloudwatch, Statistics=["Maximum", "SampleCount"])
    assert [(point["Maximum"], point["SampleCount"]) for point in points] == [(0.5, 100), (0.7, 100)]
    assert shown(points) == [None, None]


def test_percentiles_of_what_programs_put_are_of_every_value(cloudwatch: Any) -> None:
    put = {"MetricName": "Seconds", "Timestamp": NOON}
    data = [
        put | {"Values": [1.0, 9.0], "Counts": [8, 1]},
        put | {"Value": 5.0},
        put | {"StatisticValues": {"SampleCount": 1, "Sum": 7, "Minimum": 7, "Maximum": 7}},
        put | {"StatisticValues": {"SampleCount": 9, "Sum": 18, "Minimum": 2, "Maximum": 2}},
    ]
    cloudwatch.put_metric_data(Namespace=THEIRS, MetricData=data)
    assert shown(asked(cloudwatch, THEIRS, "Seconds", ExtendedStatistics=["p40", "p50", "p100"])) == [
        {"p40": 1.0, "p50": 2.0, "p100": 9.0}
    ]


@pytest.mark.parametrize(
    "unknowable",
    [{"Value": -1.0}, {"StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}}],
    ids=["negative", "statistic set"],
)
def test_where_no_percentile_can_be_known_there_is_no_data_point(cloudwatch: Any, unknowable: Any) -> None:
    """As on AWS, and none without a value: whoever reads it would take it for one."""
    later = {"MetricName": "Seconds", "Timestamp": NOON + dt.timedelta(minutes=1)}
    cloudwatch.put_metric_data(
        Namespace=THEIRS, MetricData=[{"MetricName": "Seconds", "Timestamp": NOON} | unknowable, later | {"Value": 3.0}]
    )
    points = asked(cloudwatch, THEIRS, "Seconds", ExtendedStatistics=["p50"])
    assert [(point["Timestamp"], point["ExtendedStatistics"]) for point in points] == [
        (NOON + dt.timedelta(minutes=1), {"p50": 3.0})
    ]
    assert len(asked(cloudwatch, THEIRS, "Seconds", Statistics=["Sum"])) == 2


@pytest.mark.parametrize("namespace", [OURS, "nothing is there"])
@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"ExtendedStatistics": ["p50", "median"]}, "InvalidParameterValue", "median for parameter ExtendedStatistics"),
        ({"ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "p101"),
        ({"ExtendedStatistics": ["Sum"]}, "InvalidParameterValue", "Sum"),
        ({"Statistics": ["Sum", "p99"]}, "InvalidParameterValue", r"Statistics\.member\.2 must be a value in the set"),
        ({"Statistics": ["Sum"], "ExtendedStatistics": ["p50"]}, "InvalidParameterCombination", "not both"),
        ({}, "InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics"),
    ],
)
def test_what_is_no_statistic_is_refused_as_aws_does(
    cloudwatch: Any, namespace: str, more: Any, code: str, told: str
) -> None:
    with pytest.raises(ClientError, match=told) as refused:
        asked(cloudwatch, namespace, **more)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
