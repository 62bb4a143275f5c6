"""How long tasks are watched under a share of the requests, and what comes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from cli.canary import CanaryFailed, CanaryUndecided, Watcher
from cli.phases import Tasks, Watch
from cli.target_metrics import BalancerFigures, Figures
from settings.settings import Settings
from tests.unit.cli.figures import figures

LIKE, MONOLITH = Tasks(service="like"), Tasks(service="monolith")
OLD = figures(1000, p50_seconds=0.01, p99_seconds=0.02)
QUIET = BalancerFigures(requests=1000, own_errors=0)
NOBODY = BalancerFigures(requests=0, own_errors=0)


class Watched:
    """A watch under a clock that only sleeping moves; ``like`` gives its figures by the seconds that are asked for."""

    def __init__(self, like: Callable[[float], Figures], **variables: str) -> None:
        self.seconds = 0.0
        self.said: list[str] = []
        self.asked: list[tuple[Tasks, dt.datetime]] = []
        self._like = like
        self._late = dt.timedelta(seconds=60 if variables.get("TARGET") == "aws" else 0)
        self.before = QUIET
        self.balanced: Callable[[float], BalancerFigures] = lambda _: QUIET
        self.raised: list[str] = []
        self.old = MONOLITH
        self._watcher = Watcher(
            Settings.from_environ(variables),
            say=self.said.append,
            metrics=self,
            sleep=self._sleep,
            now=self._now,
        )

    def _now(self) -> dt.datetime:
        return BEGAN + dt.timedelta(seconds=self.seconds)

    def watch(self) -> None:
        self._watcher.watch(Watch(new=LIKE, old=self.old, weight=10))

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def group(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> Figures:
        assert since < until <= self._now() - self._late, "what is not published yet"
        self.asked.append((tasks, since))
        return OLD if tasks == self.old else self._like((until - since).total_seconds())

    def balancer(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> BalancerFigures:
        assert tasks == LIKE
        assert until <= self._now() - self._late, "what is not published yet"
        return self.balanced((until - since).total_seconds()) if since >= BEGAN else self.before

    def alarms(self, names: Sequence[str]) -> Sequence[str]:
        assert names
        return self.raised


BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def served(requests: int, errors: int = 0) -> Figures:
    latency = (0.01, 0.02) if requests else (None, None)
    return figures(requests, errors=errors, p50_seconds=latency[0], p99_seconds=latency[1])


def test_a_good_service_is_watched_until_its_time_is_over() -> None:
    watched = Watched(lambda seconds: served(int(seconds)), CANARY_SECONDS="30")
    watched.watch()
    assert watched.seconds == 30
    assert "like at 10 %: 30 requests" in watched.said[0]
    assert set(watched.asked) == {(LIKE, BEGAN), (MONOLITH, BEGAN)}


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
    assert "All requests are with monolith again" in str(caught.value)
    assert caught.value.exit_code == 3


def test_the_last_look_is_after_the_time_is_over() -> None:
    watched = Watched(lambda seconds: served(20, errors=20 if seconds >= 5 else 0), CANARY_SECONDS="5")
    with pytest.raises(CanaryFailed):
        watched.watch()


@pytest.mark.parametrize(("target", "seconds"), [("local", 2), ("aws", 180)])
def test_at_least_two_publications_are_seen(target: str, seconds: int) -> None:
    watched = Watched(lambda _: served(20), CANARY_SECONDS="1", TARGET=target)
    watched.watch()
    assert watched.seconds == seconds


def test_too_few_requests_to_judge_by_are_waited_for_as_long_again() -> None:
    watched = Watched(lambda seconds: served(20 if seconds >= 45 else 19), CANARY_SECONDS="30", CANARY_IDLE="stop")
    watched.watch()
    assert watched.seconds == 45


def test_a_step_that_too_few_come_to_ends_undecided_and_keeps_what_it_has() -> None:
    watched = Watched(lambda _: served(19, errors=9), CANARY_SECONDS="30", CANARY_IDLE="stop")
    with pytest.raises(CanaryUndecided) as caught:
        watched.watch()
    assert watched.seconds == 60
    assert caught.value.exit_code == 4
    assert "Only 19 requests came to like at 10 % in 60 s; 20 are needed" in str(caught.value)
    assert "It keeps 10 %" in str(caught.value)


@pytest.mark.parametrize(("target", "seconds"), [("local", 5), ("aws", 180)])
def test_an_idle_site_goes_on_after_a_moment_when_that_is_wanted(target: str, seconds: int) -> None:
    """Whoever was there before, a comparison for example."""
    watched = Watched(lambda _: served(0), CANARY_IDLE="promote", TARGET=target)
    watched.balanced = lambda _: NOBODY
    watched.watch()
    assert watched.seconds == seconds
    assert "CANARY_IDLE=promote" in watched.said[0]


def test_a_site_on_which_somebody_was_is_watched_for_the_whole_time() -> None:
    watched = Watched(lambda _: served(3), CANARY_IDLE="promote", CANARY_SECONDS="30")
    watched.watch()
    assert watched.seconds == 30


@pytest.mark.parametrize("failing", [served(3, errors=1), figures(3, connection_errors=1)], ids=["5xx", "connections"])
@pytest.mark.parametrize("idle", ["promote", "stop"])
def test_few_requests_that_fail_are_no_reason_to_go_on_and_are_told(failing: Figures, idle: str) -> None:
    watched = Watched(lambda _: failing, CANARY_IDLE=idle, CANARY_SECONDS="30")
    with pytest.raises(CanaryUndecided, match="Only 3 requests came") as raised:
        watched.watch()
    assert f"\n  like: {failing}\n" in str(raised.value)
    assert "\n1 of them failed, so nobody" in str(raised.value)
    assert "CANARY_IDLE=promote" not in str(raised.value)


@pytest.mark.parametrize("failing", [served(9, errors=5), figures(5, connection_errors=5)], ids=["5xx", "connections"])
def test_nobody_waits_for_more_when_most_of_the_first_requests_fail(failing: Figures) -> None:
    watched = Watched(lambda seconds: failing if seconds >= 4 else served(4, errors=4), CANARY_IDLE="stop")
    with pytest.raises(CanaryFailed, match=f"5 of its first {failing.requests} requests failed"):
        watched.watch()
    assert watched.seconds == 4


def test_few_requests_that_are_slow_do_not_pass_as_idle() -> None:
    slow = figures(10, p50_seconds=0.4, p99_seconds=0.4)
    watched = Watched(lambda _: slow, CANARY_IDLE="promote", CANARY_SECONDS="30")
    with pytest.raises(CanaryFailed, match="its p50 is 400 ms"):
        watched.watch()
    assert watched.seconds == 30


def test_who_passes_as_idle_is_told_with_the_figures() -> None:
    watched = Watched(lambda _: served(1), CANARY_IDLE="promote")
    watched.watch()
    assert watched.said[0].splitlines() == [
        "  1 request came to like, none failed: CANARY_IDLE=promote goes on",
        f"  like at 10 %: {served(1)}; monolith: {OLD}",
    ]


def test_an_alarm_ends_the_watch_whatever_the_figures_are() -> None:
    watched = Watched(lambda _: served(5), CANARY_ALARMS="queue, stock")
    watched.raised = ["the alarm stock is raised (below 3)"]
    with pytest.raises(CanaryFailed, match=r"worse than monolith: the alarm stock is raised \(below 3\)"):
        watched.watch()
    assert watched.seconds == 0


def test_whose_figures_they_are_is_said_where_only_some_paths_count() -> None:
    watched = Watched(lambda _: served(50, errors=20))
    watched.old = replace(MONOLITH, for_others=True)
    with pytest.raises(CanaryFailed) as raised:
        watched.watch()
    assert "\n  like: 50 requests" in str(raised.value)
    assert "\n  monolith on these paths: " in str(raised.value)
    assert "All requests are with monolith again." in str(raised.value)


def test_what_the_load_balancer_has_to_answer_itself_ends_the_watch() -> None:
    watched = Watched(lambda seconds: figures(int(20 * seconds), answers=int(15 * seconds)))
    watched.balanced = lambda seconds: BalancerFigures(requests=int(100 * seconds), own_errors=int(5 * seconds))
    with pytest.raises(CanaryFailed, match="itself answered"):
        watched.watch()


def test_a_service_that_hangs_is_given_up_before_anybody_has_lost_patience() -> None:
    watched = Watched(lambda seconds: figures(int(20 * seconds), answers=0))
    with pytest.raises(CanaryFailed, match="20 of its 20 requests have no answer, 6 are allowed"):
        watched.watch()
    assert watched.seconds == 1


def test_enough_requests_are_not_enough_while_many_of_them_hang() -> None:
    """One of ten, while what was asked last is under way."""
    watched = Watched(lambda seconds: figures(int(40 * seconds), answers=int(36 * seconds)))
    with pytest.raises(CanaryFailed, match="have no answer"):
        watched.watch()


@pytest.mark.parametrize("idle", ["promote", "stop"])
def test_few_requests_without_an_answer_are_no_reason_to_go_on_and_are_told(idle: str) -> None:
    watched = Watched(lambda _: figures(3, answers=1), CANARY_IDLE=idle, CANARY_SECONDS="30")
    with pytest.raises(CanaryUndecided, match="Only 3 requests came") as raised:
        watched.watch()
    assert "\n2 have no answer, so nobody" in str(raised.value)


def test_on_aws_the_watch_begins_with_the_next_whole_minute() -> None:
    watched = Watched(lambda _: served(20), CANARY_SECONDS="1", TARGET="aws")
    watched.seconds = 20.0
    watched.watch()
    assert {since for _, since in watched.asked} == {BEGAN + dt.timedelta(seconds=60)}
    assert watched.seconds == 20 + 40 + 120 + 60, "two whole minutes, of which the figures come a minute late"
