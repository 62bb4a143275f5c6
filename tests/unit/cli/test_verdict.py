"""When new tasks count as worse than old ones."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from cli import verdict as judging
from cli.target_metrics import BalancerFigures, Figures
from cli.verdict import plainly_failing
from tests.unit.cli.figures import figures

verdict: Final = partial(judging.verdict, seconds=10.0)
OLD = figures(1000, p50_seconds=0.01, p99_seconds=0.02)
QUIET = BalancerFigures(requests=1000, own_errors=0)


def served(requests: int) -> Figures:
    return figures(requests, p50_seconds=0.01, p99_seconds=0.02)


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
    new = figures(requests, errors=errors, p99_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_a_failing_monolith_allows_the_new_service_as_much() -> None:
    failing = figures(1000, errors=100, p99_seconds=0.02)
    assert verdict(figures(100, errors=10, p99_seconds=0.02), failing) is None
    assert verdict(figures(100, errors=11, p99_seconds=0.02), failing) is not None


def test_without_a_monolith_to_compare_with_only_errors_decide() -> None:
    idle = figures(0, p99_seconds=None)
    assert verdict(figures(100, p99_seconds=9.0), idle) is None
    assert verdict(figures(100, errors=5, p99_seconds=0.01), idle) is not None


@pytest.mark.parametrize(
    ("latency_seconds", "worse"), [(0.0899, False), (0.09, False), (0.0901, True)], ids=["below", "at", "above"]
)
def test_twice_the_latency_and_a_hop_is_the_limit(latency_seconds: float, worse: bool) -> None:
    new = figures(100, p99_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_the_median_is_compared_too() -> None:
    slow = figures(100, p50_seconds=0.071, p99_seconds=0.08)
    assert verdict(slow, OLD) == "its p50 is 71 ms, 70 ms are allowed"


def test_connections_that_fail_count() -> None:
    refused = figures(100, connection_errors=2)
    assert verdict(refused, OLD) == "2 connections to it failed (2.0% of its requests), 1.0% may"
    flaky = figures(100, connection_errors=50)
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
    sick = figures(100, unhealthy_hosts=1)
    assert verdict(sick, OLD) == "1 of its tasks were unhealthy at one time, 0 may"
    assert verdict(sick, figures(100, unhealthy_hosts=1)) is None


def test_latency_is_compared_where_both_sides_have_enough_requests_for_it() -> None:
    def side(requests: int, seconds: float) -> Figures:
        return figures(requests, p50_seconds=seconds, p99_seconds=seconds)

    slow = 1.0
    assert verdict(side(105, slow), side(4, 0.01)) is None, "four requests are no yardstick"
    assert verdict(side(9, slow), side(1000, 0.01)) is None
    assert "its p50" in str(verdict(side(10, slow), side(10, 0.01)))
    for new, old, judged in ((100, 100, True), (99, 100, False), (100, 99, False)):
        found = verdict(
            figures(new, p50_seconds=0.01, p99_seconds=slow),
            figures(old, p50_seconds=0.01, p99_seconds=0.01),
        )
        assert (found is not None) is judged


@pytest.mark.parametrize(
    ("new", "old", "tells"),
    [
        (figures(5, errors=5), OLD, True),
        (figures(4, errors=4), OLD, False),
        (figures(9, errors=5), OLD, True),
        (figures(10, errors=5), OLD, False),
        (figures(6, errors=3, connection_errors=3), OLD, True),
        (figures(5, errors=5), figures(10, errors=5), True),
        (figures(5, errors=5), figures(10, errors=6), False),
        (figures(5, errors=5), figures(0), True),
    ],
    ids=["all", "four", "most", "half", "of both kinds", "half of the old", "most of the old", "no old"],
)
def test_few_requests_tell_when_most_of_them_fail(new: Figures, old: Figures, tells: bool) -> None:
    assert (plainly_failing(new, old) is not None) is tells


@pytest.mark.parametrize(
    ("new", "own_errors", "tells"),
    [
        (figures(6, answers=0), 5, True),
        (figures(6, answers=0), 4, False),
        (figures(6, answers=2), 9, False),
        (figures(6, answers=3, errors=2), 9, True),
        (figures(6, answers=1, connection_errors=5), 5, True),
        (figures(6, answers=6), 9, False),
    ],
    ids=["reset", "some may be under way", "not theirs", "of both kinds", "refused", "all answered"],
)
def test_what_the_load_balancer_had_to_answer_for_the_new_tasks_failed(
    new: Figures, own_errors: int, tells: bool
) -> None:
    during = BalancerFigures(requests=100, own_errors=own_errors)
    assert (plainly_failing(new, OLD, during=during, before=QUIET) is not None) is tells
    assert plainly_failing(replace(new, errors=0, connection_errors=0), OLD, during=during, before=during) is None


@pytest.mark.parametrize(("own_errors", "worse"), [(3, False), (4, True)], ids=["2.6", "3.6"])
def test_the_excess_over_the_time_before_is_not_rounded_up(own_errors: int, worse: bool) -> None:
    before = BalancerFigures(requests=1000, own_errors=4)
    during = BalancerFigures(requests=100, own_errors=own_errors)
    assert (verdict(served(50), OLD, during=during, before=before) is not None) is worse


@pytest.mark.parametrize(("answers", "worse"), [(0, True), (85, True), (93, True), (94, False), (100, False)], ids=str)
def test_requests_that_hang_count_beyond_what_may_be_under_way(answers: int, worse: bool) -> None:
    """100 in 10 s, that take no time: five may be there by chance, and one of a hundred may be lost."""
    old = replace(OLD, p99_seconds=0.0)
    problem = verdict(figures(100, answers=answers), old)
    assert (problem is not None) is worse
    if worse:
        assert problem == f"{100 - answers} of its 100 requests have no answer, 6 are allowed"


def test_slow_answers_are_no_requests_that_hang() -> None:
    slow = replace(OLD, p99_seconds=2.0)
    assert verdict(figures(100, answers=60, p99_seconds=2.0), slow) is None
    assert verdict(figures(100, answers=50), slow) == "50 of its 100 requests have no answer, 46 are allowed"


def test_as_many_may_stay_without_an_answer_as_at_the_old_tasks() -> None:
    losing = replace(OLD, answers=700, p99_seconds=0.0)
    assert verdict(figures(100, answers=66), losing) is None
    assert verdict(figures(100, answers=64), losing) is not None


def test_where_the_old_tasks_gave_no_answer_one_may_take_a_second() -> None:
    idle = figures(0)
    assert verdict(figures(100, answers=74), idle) is None
    assert verdict(figures(100, answers=73), idle) is not None
