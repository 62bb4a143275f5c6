"""Counts of a stretch of time, quantiles from buckets, and what Envoy's statistics mean to an ALB."""

from __future__ import annotations

import pytest

from embedded.alb.metrics import GroupMetrics, in_class, parse

EARLIER = GroupMetrics(sent=8, unsent=2, connection_errors=2, latency_ms=((1.0, 4), (5.0, 10)), target_codes={200: 8})
LATER = GroupMetrics(
    sent=27,
    unsent=3,
    connection_errors=4,
    in_flight=2,
    latency_ms=((1.0, 5), (5.0, 28), (10.0, 30)),
    target_codes={200: 20, 500: 5},
    own_codes={502: 3},
)


def test_since_counts_what_was_added() -> None:
    window = LATER.since(EARLIER)
    assert (window.requests, window.sent, window.unsent, window.connection_errors, window.in_flight) == (
        20,
        19,
        1,
        2,
        2,
    )
    assert (window.target_codes, window.own_codes) == ({200: 12, 500: 5}, {502: 3})
    assert window.latency_ms == ((1.0, 1), (5.0, 18), (10.0, 30))


def test_group_without_requests_has_no_quantile_and_no_codes() -> None:
    idle = LATER.since(LATER)
    assert (idle.quantile_ms(0.5), idle.target_codes, idle.own_codes) == (None, {}, {})
    assert GroupMetrics().quantile_ms(0.99) is None


def test_quantile_is_the_bound_of_the_bucket_that_holds_it() -> None:
    assert [LATER.quantile_ms(share) for share in (0.1, 0.5, 0.93, 0.99)] == [1.0, 5.0, 5.0, 10.0]
    assert GroupMetrics(latency_ms=((1.0, 0), (5.0, 4), (10.0, 8))).quantile_ms(0.5) == 5.0


def test_plus_adds_bucket_by_bucket_and_takes_no_latencies_for_zero() -> None:
    both = EARLIER.plus(LATER).plus(GroupMetrics(sent=1))
    assert (both.requests, both.in_flight, both.target_codes) == (41, 2, {200: 28, 500: 5})
    assert both.latency_ms == ((1.0, 9), (5.0, 38), (10.0, 30))


def test_classes_of_codes() -> None:
    codes = {200: 1, 204: 2, 404: 4, 500: 8, 599: 16}
    assert [in_class(codes, hundreds) for hundreds in (2, 3, 4, 5)] == [3, 0, 4, 24]


def test_counts_are_gathered_by_cluster_and_answers_by_group() -> None:
    stats = {
        "stats": [
            {"name": "cluster.like-1.upstream_rq_total", "value": 7},
            {"name": "cluster.like-1.upstream_rq_pending_failure_eject", "value": 2},
            {"name": "cluster.like-1.upstream_cx_connect_fail", "value": 3},
            {"name": "cluster.like-1.upstream_rq_active", "value": 1},
            {"name": "cluster.monolith-2.upstream_rq_total", "value": 3},
            {"name": "alb.answers.group.like.code.200.flags.-", "value": 4},
            {"name": "alb.answers.group.like.code.500.flags.-", "value": 1},
            {"name": "alb.answers.group.-.code.404.flags.-", "value": 9},
            {
                "histograms": [
                    {
                        "name": "cluster.like-1.upstream_rq_time",
                        "buckets": [{"upper_bound": 1.0, "cumulative": 6}],
                    }
                ]
            },
        ]
    }
    found = parse(stats)
    assert found.clusters == {
        "like-1": GroupMetrics(sent=7, unsent=2, connection_errors=3, in_flight=1, latency_ms=((1.0, 6),)),
        "monolith-2": GroupMetrics(sent=3),
    }
    assert found.answers["like"] == GroupMetrics(target_codes={200: 4, 500: 1})


@pytest.mark.parametrize(
    ("code", "flags", "target", "own"),
    [
        (503, "-", {503: 1}, {}),
        (503, "UH", {}, {503: 1}),
        (502, "UF", {}, {502: 1}),
        (502, "UC", {}, {502: 1}),
        (502, "UPE,X", {}, {502: 1}),
        (504, "SI", {}, {504: 1}),
        (0, "DC", {}, {460: 1}),
        (200, "DC", {200: 1}, {}),
    ],
)
def test_what_the_proxy_noted_tells_its_own_answers_from_a_targets(
    code: int, flags: str, target: dict[int, int], own: dict[int, int]
) -> None:
    stat = {"name": f"alb.answers.group.like.code.{code}.flags.{flags}", "value": 1}
    assert parse({"stats": [stat]}).answers == {"like": GroupMetrics(target_codes=target, own_codes=own)}
