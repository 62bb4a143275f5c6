"""Statistics over periods of a series."""

from __future__ import annotations

import pytest

from embedded.cloudwatch.series import Key, Period, SeriesStore

REQUESTS = Key.of("RequestCount", {"LoadBalancer": "app/a/1"})
OF_A_GROUP = Key.of("RequestCount", {"LoadBalancer": "app/a/1", "TargetGroup": "targetgroup/b/2"})


def sums(store: SeriesStore, key: Key, *, start: float, end: float, period_seconds: int = 1) -> dict[float, float]:
    found = store.periods(key, start=start, end=end, period_seconds=period_seconds)
    return {period.start: period.statistic("Sum") for period in found}


def test_a_query_sees_its_series_alone_from_start_to_before_end() -> None:
    store = SeriesStore(keep_seconds=100)
    for at in (10.0, 10.5, 11.0, 12.0):
        store.put(REQUESTS, at=at, samples=[(1.0, 1)])
    store.put(OF_A_GROUP, at=12.0, samples=[(5.0, 1)])
    assert sums(store, REQUESTS, start=10.5, end=12.0) == {10.0: 1.0, 11.0: 1.0}
    assert sums(store, OF_A_GROUP, start=0, end=100) == {12.0: 5.0}
    assert sums(store, Key.of("Other", {}), start=0, end=100) == {}


def test_periods_begin_at_multiples_of_their_length() -> None:
    store = SeriesStore(keep_seconds=1000)
    for at in (59.0, 60.0, 119.0, 120.0):
        store.put(REQUESTS, at=at, samples=[(1.0, 2)])
    assert sums(store, REQUESTS, start=0, end=1000, period_seconds=60) == {0.0: 2.0, 60.0: 4.0, 120.0: 2.0}


def test_what_is_too_old_is_forgotten() -> None:
    store = SeriesStore(keep_seconds=10)
    for at in range(40):
        store.put(REQUESTS, at=float(at), samples=[(1.0, 1)])
    kept = sums(store, REQUESTS, start=0, end=100)
    assert set(range(29, 40)) <= kept.keys()
    assert min(kept) >= 10
    store.put(OF_A_GROUP, at=40.0, samples=[(1.0, 1)])
    store.forget(now=49.5)
    assert list(store.series()) == [OF_A_GROUP]


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Sum", 550.0),
        ("Average", 5.5),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("SampleCount", 100.0),
        ("p50", 5.0),
        ("p51", 6.0),
        ("p99", 10.0),
        ("p90.0", 9.0),
        ("p100", 10.0),
        ("p0", 1.0),
    ],
)
def test_statistics_of_a_distribution(statistic: str, value: float) -> None:
    period = Period(start=0, samples=[(float(number), 10) for number in (3, 1, 2, 10, 9, 8, 7, 6, 5, 4)])
    assert period.statistic(statistic) == value


@pytest.mark.parametrize("statistic", ["p101", "median", "pp", "tm99", ""])
def test_what_is_no_statistic_is_refused(statistic: str) -> None:
    with pytest.raises(ValueError, match="no statistic"):
        Period(start=0, samples=[(1.0, 1)]).statistic(statistic)
