"""When new tasks count as worse than old ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.target_metrics import BalancerFigures, Figures
from cli.verdict import plainly_failing, verdict

OLD = Figures(requests=1000, errors=0, p50_seconds=0.01, p99_seconds=0.02)
QUIET = BalancerFigures(requests=1000, own_errors=0)


def served(requests: int) -> Figures:
    return Figures(requests=requests, errors=0, p50_seconds=0.01, p99_seconds=0.02)


@pytest.mark.parametrize(
    ("requests", "errors", "latency_seconds", "worse"),
    [
        (100, 0, 0.02, False),
        (100, 1, 0.02, False),
        (100, 2, 0.02, True),
        (100, 0, 0.08, False),
        (100, 0, 0.10, True),
        (0, 0, None, False),
    ],
    ids=["as good", "1 %", "2 %", "a hop slower", "too slow", "no requests"],
)
def test_errors_and_latency_decide(requests: int, errors: int, latency_seconds: float | None, worse: bool) -> None:
    new = Figures(requests=requests, errors=errors, p99_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_a_failing_monolith_allows_the_new_service_as_much() -> None:
    failing = Figures(requests=1000, errors=100, p99_seconds=0.02)
    assert verdict(Figures(requests=100, errors=10, p99_seconds=0.02), failing) is None
    assert verdict(Figures(requests=100, errors=11, p99_seconds=0.02), failing) is not None


def test_without_a_monolith_to_compare_with_only_errors_decide() -> None:
    idle = Figures(requests=0, errors=0, p99_seconds=None)
    assert verdict(Figures(requests=100, errors=0, p99_seconds=9.0), idle) is None
    assert verdict(Figures(requests=100, errors=5, p99_seconds=0.01), idle) is not None


@pytest.mark.parametrize(
    ("latency_seconds", "worse"), [(0.0899, False), (0.09, False), (0.0901, True)], ids=["below", "at", "above"]
)
def test_twice_the_latency_and_a_hop_is_the_limit(latency_seconds: float, worse: bool) -> None:
    new = Figures(requests=100, errors=0, p99_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_the_median_is_compared_too() -> None:
    slow = Figures(requests=100, errors=0, p50_seconds=0.071, p99_seconds=0.08)
    assert verdict(slow, OLD) == "its p50 is 71 ms, 70 ms are allowed"


def test_connections_that_fail_count() -> None:
    refused = Figures(requests=100, errors=0, connection_errors=2)
    assert verdict(refused, OLD) == "2 connections to it failed (2.0% of its requests), 1.0% may"
    flaky = Figures(requests=100, errors=0, connection_errors=50)
    assert verdict(refused, flaky) is None


def test_what_connections_to_the_old_tasks_cost_is_not_the_new_tasks_doing() -> None:
    during = BalancerFigures(requests=1000, own_errors=8)
    dying = replace(OLD, connection_errors=6)
    assert verdict(served(100), dying, during=during, before=QUIET) is None
    assert verdict(served(100), replace(OLD, connection_errors=5), during=during, before=QUIET) is not None


@pytest.mark.parametrize(
    ("own_errors", "before", "worse"),
    [(2, QUIET, False), (3, QUIET, True), (20, BalancerFigures(requests=1000, own_errors=20), False)],
    ids=["1 % of its requests", "2 %", "no more than before"],
)
def test_what_the_load_balancer_answers_itself_is_compared_with_the_time_before(
    own_errors: int, before: BalancerFigures, worse: bool
) -> None:
    during = BalancerFigures(requests=1000, own_errors=own_errors)
    problem = verdict(served(100), OLD, during=during, before=before)
    assert (problem is not None) is worse
    if problem is not None:
        assert "3 of 1000 requests with 502, 503 or 504 (0.0% before); the excess is 3.0%" in problem


def test_unhealthy_tasks_count_as_far_as_the_old_ones_have_none() -> None:
    sick = Figures(requests=100, errors=0, unhealthy_hosts=1)
    assert verdict(sick, OLD) == "1 of its tasks were unhealthy at one time, 0 may"
    assert verdict(sick, Figures(requests=100, errors=0, unhealthy_hosts=1)) is None


def test_latency_is_compared_where_both_sides_have_enough_requests_for_it() -> None:
    def side(requests: int, seconds: float) -> Figures:
        return Figures(requests=requests, errors=0, p50_seconds=seconds, p99_seconds=seconds)

    slow = 1.0
    assert verdict(side(105, slow), side(4, 0.01)) is None, "four requests are no yardstick"
    assert verdict(side(9, slow), side(1000, 0.01)) is None
    assert "its p50" in str(verdict(side(10, slow), side(10, 0.01)))
    for new, old, judged in ((100, 100, True), (99, 100, False), (100, 99, False)):
        found = verdict(
            Figures(requests=new, errors=0, p50_seconds=0.01, p99_seconds=slow),
            Figures(requests=old, errors=0, p50_seconds=0.01, p99_seconds=0.01),
        )
        assert (found is not None) is judged


@pytest.mark.parametrize(
    ("new", "old", "tells"),
    [
        (Figures(requests=5, errors=5), OLD, True),
        (Figures(requests=4, errors=4), OLD, False),
        (Figures(requests=9, errors=5), OLD, True),
        (Figures(requests=10, errors=5), OLD, False),
        (Figures(requests=6, errors=3, connection_errors=3), OLD, True),
        (Figures(requests=5, errors=5), Figures(requests=10, errors=5), True),
        (Figures(requests=5, errors=5), Figures(requests=10, errors=6), False),
        (Figures(requests=5, errors=5), Figures(requests=0, errors=0), True),
    ],
    ids=["all", "four", "most", "half", "of both kinds", "half of the old", "most of the old", "no old"],
)
def test_few_requests_tell_when_most_of_them_fail(new: Figures, old: Figures, tells: bool) -> None:
    assert (plainly_failing(new, old) is not None) is tells
