"""CloudWatch's queries on metrics that the embedded AWS publishes, beside metrics that a program puts itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError

from embedded.cloudwatch.backend import EmbeddedCloudWatch
from embedded.cloudwatch.series import Key

OURS = "AWS/ApplicationELB"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
DIMENSIONS = [{"Name": "LoadBalancer", "Value": "app/a/1"}]


@pytest.fixture
def cloudwatch() -> EmbeddedCloudWatch:
    backend = EmbeddedCloudWatch("us-east-1", "000000000000")
    store = backend.store(OURS)
    for second in range(3):
        at = NOON.timestamp() + second
        store.put(Key.of("RequestCount", {"LoadBalancer": "app/a/1"}), at=at, samples=[(2.0, 1)])
        both = {"LoadBalancer": "app/a/1", "TargetGroup": "t"}
        store.put(Key.of("RequestCount", both), at=at, samples=[(1.0, 1)])
        store.put(Key.of("TargetResponseTime", both), at=at, samples=[(0.1, 98), (0.5, 2)])
    return backend


def query(metric: str, stat: str, dimensions: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    named = {"Namespace": more.pop("namespace", OURS), "MetricName": metric, "Dimensions": dimensions}
    return {"Id": "q", "MetricStat": {"Metric": named, "Period": 1, "Stat": stat}, **more}


@pytest.mark.parametrize("zone", [dt.UTC, None], ids=["with a zone", "without"])
def test_dimensions_match_exactly_and_times_with_and_without_a_zone_are_the_same(
    cloudwatch: EmbeddedCloudWatch, zone: dt.tzinfo | None
) -> None:
    start = NOON.replace(tzinfo=zone)
    found = cloudwatch.get_metric_statistics(
        OURS, "RequestCount", start, start + dt.timedelta(minutes=1), 60, ["Sum"], DIMENSIONS
    )
    assert [one.sum for one in found] == [6.0]
    (data,) = cloudwatch.get_metric_data(
        [query("RequestCount", "Sum", DIMENSIONS)], start, start + dt.timedelta(minutes=1)
    )
    assert data["values"] == [2.0, 2.0, 2.0]
    assert data["timestamps"][0] == NOON.replace(tzinfo=None)


def test_percentiles_and_the_newest_first(cloudwatch: EmbeddedCloudWatch) -> None:
    both = [*DIMENSIONS, {"Name": "TargetGroup", "Value": "t"}]
    end = NOON + dt.timedelta(seconds=2)
    asked = [query("TargetResponseTime", stat, both) | {"Id": stat} for stat in ("p50", "p99")]
    p50, p99 = cloudwatch.get_metric_data(asked, NOON, end, scan_by="TimestampDescending")
    assert (p50["values"], p99["values"]) == ([0.1, 0.1], [0.5, 0.5])
    assert p50["timestamps"] == sorted(p50["timestamps"], reverse=True)
    with pytest.raises(InvalidParameterValue, match="median is no statistic"):
        cloudwatch.get_metric_data([query("TargetResponseTime", "median", both)], NOON, end)


def test_expressions_and_metrics_of_programs_go_on_as_before(cloudwatch: EmbeddedCloudWatch) -> None:
    cloudwatch.put_metric_data("Mine", [{"MetricName": "Sold", "Value": 7, "Timestamp": NOON.replace(tzinfo=None)}])
    start, end = (moment.replace(tzinfo=None) for moment in (NOON, NOON + dt.timedelta(seconds=2)))
    queries = [
        query("RequestCount", "Sum", DIMENSIONS, ReturnData=False),
        query("Sold", "Sum", [], namespace="Mine") | {"Id": "sold"},
        {"Id": "same", "Expression": "q"},
    ]
    found = {one["id"]: one["values"] for one in cloudwatch.get_metric_data(queries, start, end)}
    assert found == {"sold": [7.0], "same": [2.0, 2.0]}
    theirs = cloudwatch.get_metric_statistics("Mine", "Sold", start, end, 1, ["Sum"], [])
    assert [one.sum for one in theirs] == [7.0]


def test_percentiles_of_metrics_of_programs_too_and_what_is_no_statistic_is_refused(
    cloudwatch: EmbeddedCloudWatch,
) -> None:
    start, end = (moment.replace(tzinfo=None) for moment in (NOON, NOON + dt.timedelta(seconds=2)))
    data = [{"MetricName": "Sold", "Value": value, "Timestamp": start} for value in (3, 1, 2)]
    cloudwatch.put_metric_data("Mine", data)
    (found,) = cloudwatch.get_metric_data([query("Sold", "p50", [], namespace="Mine")], start, end)
    assert (found["values"], found["timestamps"], found["label"]) == ([2.0], [start], "Sold p50")
    for namespace in ("Mine", OURS):
        with pytest.raises(InvalidParameterValue, match="median is no statistic"):
            cloudwatch.get_metric_data([query("NobodyPutIt", "median", [], namespace=namespace)], start, end)


def test_every_series_is_listed(cloudwatch: EmbeddedCloudWatch) -> None:
    _, listed = cloudwatch.list_metrics(None, OURS, "RequestCount", [])
    assert sorted(len(metric.dimensions) for metric in listed) == [1, 2]


@pytest.mark.parametrize(
    "dimensions",
    [[], [{"Name": "Of", "Value": "a"}], [{"Name": "Of", "Value": "a"}, {"Name": "In", "Value": "b"}]],
    ids=["no dimension", "one", "two"],
)
def test_a_metric_of_a_program_is_listed_once_however_often_it_was_put(
    cloudwatch: EmbeddedCloudWatch, dimensions: list[dict[str, str]]
) -> None:
    for value in range(3):
        for of in (dimensions, list(reversed(dimensions))):
            data = {"MetricName": "Orders", "Value": value, "Dimensions": of}
            cloudwatch.put_metric_data("Shop", [data, {**data, "MetricName": "Returns"}])
    _, listed = cloudwatch.list_metrics(None, "Shop", "", [])
    assert sorted(one.name for one in listed) == ["Orders", "Returns"]
    _, found = cloudwatch.list_metrics(None, "Shop", "Orders", dimensions)
    assert len(found) == 1


def test_expressions_go_by_each_other_in_any_order_and_fill_periods_without_a_value(
    cloudwatch: EmbeddedCloudWatch,
) -> None:
    asked: list[dict[str, Any]] = [
        {"Id": "filled", "Expression": "FILL(half, 0)", "Label": "half of them"},
        {"Id": "half", "Expression": "m / 2", "ReturnData": False},
        query("RequestCount", "Sum", DIMENSIONS, ReturnData=False) | {"Id": "m"},
    ]
    (filled,) = cloudwatch.get_metric_data(asked, NOON - dt.timedelta(seconds=1), NOON + dt.timedelta(seconds=4))
    assert (filled["label"], filled["values"]) == ("half of them", [0, 1, 1, 1, 0])
    assert filled["timestamps"] == [NOON.replace(tzinfo=None) + dt.timedelta(seconds=at) for at in range(-1, 4)]
    asked[0]["Expression"] = "half"
    newest = cloudwatch.get_metric_data(asked, NOON, NOON + dt.timedelta(seconds=2), scan_by="TimestampDescending")
    assert newest[0]["timestamps"] == [NOON.replace(tzinfo=None) + dt.timedelta(seconds=at) for at in (1, 0)]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("SEARCH('{A}', 'Sum')", "1", "Error in expression 'a': SEARCH of 2 is not known here"),
        ("m +", "1", "Error in expression 'a': 'm \\+' cannot be read"),
        ("b", "a", "The expressions of a, b go by each other"),
    ],
)
def test_expressions_that_are_not_known_are_refused(
    cloudwatch: EmbeddedCloudWatch, first: str, second: str, why: str
) -> None:
    asked = [{"Id": "a", "Expression": first}, {"Id": "b", "Expression": second}]
    with pytest.raises(ValidationError, match=why):
        cloudwatch.get_metric_data(asked, NOON, NOON + dt.timedelta(minutes=1))


def test_expressions_over_a_programs_own_metrics_are_evaluated_beside_ours(cloudwatch: EmbeddedCloudWatch) -> None:
    start, end = (moment.replace(tzinfo=None) for moment in (NOON, NOON + dt.timedelta(seconds=5)))
    cloudwatch.put_metric_data("Shop", [{"MetricName": "Orders", "Value": 3, "Timestamp": start}])
    asked = [
        query("Orders", "Sum", [], namespace="Shop") | {"Id": "orders"},
        query("RequestCount", "Sum", DIMENSIONS),
        {"Id": "share", "Expression": "orders / q"},
    ]
    share = cloudwatch.get_metric_data(asked, start, end)[-1]
    assert (share["values"], share["timestamps"]) == ([1.5], [start])
