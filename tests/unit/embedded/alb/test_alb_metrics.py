"""Counts of a stretch of time, and quantiles from buckets."""

from __future__ import annotations

from embedded.alb.metrics import GroupMetrics, parse

EARLIER = GroupMetrics(requests=10, responses_5xx=1, latency_ms=((1.0, 4), (5.0, 10)))
LATER = GroupMetrics(requests=30, responses_5xx=6, in_flight=2, latency_ms=((1.0, 5), (5.0, 28), (10.0, 30)))


def test_since_counts_what_was_added() -> None:
    window = LATER.since(EARLIER)
    assert (window.requests, window.responses_5xx, window.in_flight) == (20, 5, 2)
    assert window.error_rate == 0.25
    assert window.latency_ms == ((1.0, 1), (5.0, 18), (10.0, 30))


def test_group_without_requests_has_no_error_rate_and_no_quantile() -> None:
    idle = LATER.since(LATER)
    assert idle.error_rate == 0.0
    assert idle.quantile_ms(0.5) is None
    assert GroupMetrics().quantile_ms(0.99) is None


def test_quantile_is_the_bound_of_the_bucket_that_holds_it() -> None:
    assert [LATER.quantile_ms(share) for share in (0.1, 0.5, 0.93, 0.99)] == [1.0, 5.0, 5.0, 10.0]


def test_plus_adds_bucket_by_bucket_and_takes_no_latencies_for_zero() -> None:
    both = EARLIER.plus(LATER).plus(GroupMetrics(requests=1))
    assert (both.requests, both.responses_5xx, both.in_flight) == (41, 7, 2)
    assert both.latency_ms == ((1.0, 9), (5.0, 38), (10.0, 30))


def test_statistics_are_gathered_by_cluster() -> None:
    stats = {
        "stats": [
            {"name": "cluster.like-1.upstream_rq_completed", "value": 7},
            {"name": "cluster.like-1.upstream_rq_5xx", "value": 2},
            {"name": "cluster.like-1.upstream_rq_active", "value": 1},
            {"name": "cluster.monolith-2.upstream_rq_completed", "value": 3},
            {
                "histograms": [
                    {
                        "name": "cluster.like-1.upstream_rq_time",
                        "buckets": [{"upper_bound": 1, "interval": 0, "cumulative": 6}],
                    }
                ]
            },
        ]
    }
    assert parse(stats) == {
        "like-1": GroupMetrics(requests=7, responses_5xx=2, in_flight=1, latency_ms=((1.0, 6),)),
        "monolith-2": GroupMetrics(requests=3),
    }
