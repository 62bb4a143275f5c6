"""Watching tasks under a share of the requests until that is decided: promoted, given up or undecided.

The embedded load balancer publishes its metrics every second, an ALB every minute.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cli.errors import UNDECIDED, WORSE, CommandError
from cli.phases import Tasks, Watch, as_sentence
from cli.target_metrics import BalancerFigures, Figures, publication
from cli.verdict import plainly_failing, verdict
from settings.canary import CanarySettings
from settings.settings import Settings

BEFORE_SECONDS: Final = 300
"""How much of the time before is looked at for what the load balancer answers itself."""
IDLE_SECONDS: Final = 5
"""A site on which nobody was in these, nor in two periods of the metrics, is idle.

What came before tells nothing: comparing asks through the load balancer too.
"""
WAITS: Final = 2
"""So many times CANARY_SECONDS is waited for as many requests as are needed to judge."""


class CanaryFailed(CommandError):
    """The new tasks are worse, and their requests go back.

    Args:
        found: the figures that decided.
        then: how things are when the requests have gone back.
    """

    def __init__(self, found: str, *, then: str = "") -> None:
        super().__init__(f"{found}\n{then}" if then else found, exit_code=WORSE)
        self.found = found
        self._then = then

    @property
    def in_short(self) -> str:
        """The line that decided."""
        return self.found.partition("\n")[0]

    def after_it_was_told(self) -> CanaryFailed:
        """The same for whoever has read ``found``."""
        return CanaryFailed(self.in_short, then=self._then)


class CanaryUndecided(CommandError):
    """Too few requests came to judge the new tasks by; they keep what they have."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=UNDECIDED)


class Metrics(Protocol):
    """What CloudWatch says; times carry their zone."""

    def group(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> Figures:
        """Of the target group of these tasks."""

    def balancer(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> BalancerFigures:
        """Of the load balancer of that group."""

    def alarms(self, names: Sequence[str]) -> Sequence[str]:
        """One line for each of these alarms that is in alarm."""


_NOTHING: Final = Figures(requests=0, answers=0, errors=0)
_NOBODY: Final = BalancerFigures(requests=0, own_errors=0)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is known at one moment of a watch, of the ``seconds`` since it began."""

    seconds: float
    new: Figures = _NOTHING
    old: Figures = _NOTHING
    during: BalancerFigures = _NOBODY
    before: BalancerFigures

    @property
    def is_idle(self) -> bool:
        return not (self.new.requests or self.during.requests)


class Watcher:
    """Compares the new tasks of a watch with the old ones until that is decided.

    ``now`` gives the time of day with its zone. Only what is known counts: on AWS a watch ends a minute after the last
    minute that it looks at.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None],
        metrics: Metrics,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings = settings
        self._say = say
        self._metrics = metrics
        self._sleep = sleep
        self._now = now
        self._publication = publication(settings)

    def watch(self, watch: Watch) -> None:
        """Return when the new tasks did as well as the old ones for long enough or for enough requests.

        Raises:
            CanaryFailed: they did worse, or an alarm of CANARY_ALARMS was raised.
            CanaryUndecided: there were too few requests to tell.
        """
        canary = self._settings.canary
        known, two_periods = self._publication.known_until(self._now()), 2 * self._publication.period_seconds
        before = self._metrics.balancer(watch.new, known - dt.timedelta(seconds=BEFORE_SECONDS), known)
        began = self._publication.next_begin(self._now())
        seconds = max(canary.seconds, two_periods)
        while True:
            look = self._look(watch, began, before)
            self._require_good(watch, look)
            if look.new.requests >= max(canary.requests, canary.min_requests):
                break
            if look.seconds >= seconds and look.new.requests >= canary.min_requests:
                break
            if canary.promotes_idle and _may_pass_idle(look, seconds, two_periods):
                self._require_good(watch, look, by_all=True)
                self._say(
                    f"  {_came(look.new.requests)} to {watch.new}, none failed: CANARY_IDLE=promote goes on\n"
                    f"  {_compared(watch, look)}"
                )
                return
            if look.seconds >= WAITS * seconds:
                raise CanaryUndecided(_undecided(watch, look, canary))
            self._sleep(self._publication.seconds_to_next(self._now()))
        self._say(f"  {_compared(watch, look)}")

    def _look(self, watch: Watch, began: dt.datetime, before: BalancerFigures) -> _Look:
        until = self._publication.known_until(self._now())
        if until <= began:
            return _Look(seconds=0.0, before=before)
        new, old = (self._metrics.group(tasks, began, until) for tasks in (watch.new, watch.old))
        during = self._metrics.balancer(watch.new, began, until)
        return _Look(seconds=(until - began).total_seconds(), new=new, old=old, during=during, before=before)

    def _require_good(self, watch: Watch, look: _Look, *, by_all: bool = False) -> None:
        """Raise if what is known so far tells against the new tasks.

        ``by_all``: no more is waited for, so that few requests are judged as well as they can be.
        """
        alarms = self._settings.canary.alarms
        problems = list(self._metrics.alarms(alarms)) if alarms else []
        if by_all or look.new.requests >= self._settings.canary.min_requests:
            problem = verdict(look.new, look.old, seconds=look.seconds, during=look.during, before=look.before)
        else:
            problem = plainly_failing(look.new, look.old, during=look.during, before=look.before)
        problems = [problem] if problem else problems
        if problems:
            then = f"All requests are with {watch.old} again. Correct {watch.new.service} and deploy again."
            raise CanaryFailed(_failed(watch, look, "; ".join(problems)), then=then)


def _may_pass_idle(look: _Look, seconds: float, two_periods: float) -> bool:
    """Whether there are too few requests to judge by and none that failed or has no answer."""
    if look.is_idle:
        return look.seconds >= min(max(IDLE_SECONDS, two_periods), seconds)
    return look.seconds >= seconds and not look.new.failed and not look.new.unanswered


def _failed(watch: Watch, look: _Look, problem: str) -> str:
    return (
        f"{as_sentence(watch.new)} at {watch.weight} % is worse than {watch.old}: {problem}.\n"
        f"  {_measured(watch.new)}: {look.new}\n  {_measured(watch.old)}: {look.old}"
    )


def _compared(watch: Watch, look: _Look) -> str:
    return f"{watch.new} at {watch.weight} %: {look.new}; {_measured(watch.old)}: {look.old}"


def _came(requests: int) -> str:
    return "1 request came" if requests == 1 else f"{requests} requests came"


def _measured(tasks: Tasks) -> str:
    """Whose figures these are."""
    return f"{tasks} on these paths" if tasks.for_others else str(tasks)


def _undecided(watch: Watch, look: _Look, canary: CanarySettings) -> str:
    told = (
        f"Only {_came(look.new.requests)} to {watch.new} at {watch.weight} % in {look.seconds:.0f} s; "
        f"{canary.min_requests} are needed to judge it by (CANARY_MIN_REQUESTS). It keeps {watch.weight} %."
    )
    if look.new.failed or look.new.unanswered:
        bad = f"{look.new.failed} of them failed" if look.new.failed else f"{look.new.unanswered} have no answer"
        return (
            f"{told}\n  {_measured(watch.new)}: {look.new}\n"
            f"{bad}, so nobody goes on without more. Look into its log; run make rollback "
            "to go back, or make deploy again to go on watching, with a lower CANARY_MIN_REQUESTS to judge by fewer."
        )
    without = "" if canary.promotes_idle else ", with CANARY_IDLE=promote to go on without them"
    return f"{told} Run make deploy again when there are visitors{without}, or make rollback to go back."
