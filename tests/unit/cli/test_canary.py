"""When a new service counts as worse than the monolith."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from cli.canary import CanaryFailed, Watcher, verdict
from cli.target_metrics import BalancerFigures, Figures
from settings.settings import Settings

OLD = Figures(requests=1000, errors=0, p50_seconds=0.01, p99_seconds=0.02)
QUIET = BalancerFigures(requests=1000, own_errors=0)


@pytest.mark.parametrize(
    ("requests", "errors", "latency_seconds", "worse"),
    [
        (100, 0, 0.02, False),
        (100, 1, 0.02, False),
        (100, 2, 0.02, True),
        (100, 0, 0.08, False),
        (100, 0, 0.10, True),
        (9, 9, 9.0, False),
        (0, 0, None, False),
    ],
    ids=["as good", "1 %", "2 %", "a hop slower", "too slow", "too few to tell", "no requests"],
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


class Watched:
    """A watch under a clock that only sleeping moves; ``like`` gives its figures by the seconds since it began."""

    def __init__(self, like: Callable[[float], Figures], **variables: str) -> None:
        self.seconds = 0.0
        self.said: list[str] = []
        self.asked: list[tuple[str, dt.datetime]] = []
        self._like = like
        self.balanced: Callable[[float], BalancerFigures] = lambda _: QUIET
        self._watcher = Watcher(
            Settings.from_environ(variables),
            say=self.said.append,
            metrics=self,
            clock=lambda: self.seconds,
            sleep=self._sleep,
            now=lambda: BEGAN + dt.timedelta(seconds=self.seconds),
        )

    def watch(self) -> None:
        self._watcher.watch("like", 10)

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def group(self, service: str, since: dt.datetime, until: dt.datetime) -> Figures:
        assert until > since
        self.asked.append((service, since))
        return OLD if service == "monolith" else self._like(self.seconds)

    def balancer(self, service: str, since: dt.datetime, until: dt.datetime) -> BalancerFigures:
        assert (service, until >= BEGAN) == ("like", True)
        return self.balanced(self.seconds) if since >= BEGAN else QUIET


BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def served(requests: int, errors: int = 0) -> Figures:
    return Figures(
        requests=requests, errors=errors, p50_seconds=0.01 if requests else None, p99_seconds=0.02 if requests else None
    )


def test_a_good_service_is_watched_until_its_time_is_over() -> None:
    watched = Watched(lambda seconds: served(int(seconds)), CANARY_SECONDS="30")
    watched.watch()
    assert watched.seconds == 30
    assert "like at 10 %: 30 requests" in watched.said[0]
    assert set(watched.asked) == {("like", BEGAN), ("monolith", BEGAN)}


def test_enough_requests_end_the_watch_early() -> None:
    watched = Watched(lambda seconds: served(int(100 * seconds)), CANARY_REQUESTS="200")
    watched.watch()
    assert watched.seconds == 2


def test_a_worse_service_ends_the_watch_at_once_with_the_figures_that_decided() -> None:
    watched = Watched(lambda seconds: served(20, errors=10 if seconds >= 3 else 0))
    with pytest.raises(CanaryFailed) as caught:
        watched.watch()
    assert watched.seconds == 3
    assert "50.0% of its answers are 5xx, 1.0% are allowed" in str(caught.value)
    assert "like: 20 requests, 10 of them 5xx (50.0%), p50 10 ms, p99 20 ms" in str(caught.value)
    assert "gets 0 % again" in str(caught.value)


def test_the_last_look_is_after_the_time_is_over() -> None:
    watched = Watched(lambda seconds: served(20, errors=20 if seconds >= 5 else 0), CANARY_SECONDS="5")
    with pytest.raises(CanaryFailed):
        watched.watch()


@pytest.mark.parametrize(("target", "seconds"), [("local", 2), ("aws", 120)])
def test_at_least_two_publications_are_seen(target: str, seconds: int) -> None:
    watched = Watched(lambda _: served(0), CANARY_SECONDS="1", TARGET=target)
    watched.watch()
    assert watched.seconds == seconds


@pytest.mark.parametrize(
    ("latency_seconds", "worse"), [(0.0899, False), (0.09, False), (0.0901, True)], ids=["below", "at", "above"]
)
def test_twice_the_latency_and_a_hop_is_the_limit(latency_seconds: float, worse: bool) -> None:
    new = Figures(requests=100, errors=0, p99_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_ten_requests_are_enough_to_judge() -> None:
    assert verdict(served(9, errors=9), OLD) is None
    assert verdict(served(10, errors=10), OLD) is not None


def test_the_median_is_compared_too() -> None:
    slow = Figures(requests=100, errors=0, p50_seconds=0.071, p99_seconds=0.08)
    assert verdict(slow, OLD) == "its p50 is 71 ms, 70 ms are allowed"


def test_connections_that_fail_count() -> None:
    refused = Figures(requests=100, errors=0, connection_errors=2)
    assert verdict(refused, OLD) == "2 connections to it failed (2.0% of its requests), 1.0% may"
    flaky = Figures(requests=100, errors=0, connection_errors=50)
    assert verdict(refused, flaky) is None


@pytest.mark.parametrize(
    ("own_errors", "before", "worse"),
    [(1, QUIET, False), (2, QUIET, True), (20, BalancerFigures(requests=1000, own_errors=20), False)],
    ids=["1 % of its requests", "2 %", "no more than before"],
)
def test_what_the_load_balancer_answers_itself_is_compared_with_the_time_before(
    own_errors: int, before: BalancerFigures, worse: bool
) -> None:
    during = BalancerFigures(requests=1000, own_errors=own_errors)
    problem = verdict(served(100), OLD, during=during, before=before)
    assert (problem is not None) is worse
    if problem is not None:
        assert "2 of 1000 requests with 502, 503 or 504 (0.0% before); the excess is 2.0%" in problem


def test_a_service_that_hangs_is_given_up_although_its_target_group_has_no_5xx() -> None:
    watched = Watched(lambda seconds: Figures(requests=int(10 * seconds), errors=0))
    watched.balanced = lambda seconds: BalancerFigures(requests=int(100 * seconds), own_errors=int(5 * seconds))
    with pytest.raises(CanaryFailed, match="itself answered"):
        watched.watch()


def test_on_aws_the_watch_begins_with_the_next_whole_minute() -> None:
    watched = Watched(lambda _: served(0), CANARY_SECONDS="1", TARGET="aws")
    watched.seconds = 20.0
    watched.watch()
    assert {since for _, since in watched.asked} == {BEGAN + dt.timedelta(seconds=60)}
    assert watched.seconds == 20 + 40 + 120 + 20, "two whole minutes, seen at the next look"
