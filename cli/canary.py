"""Watching a new service under a share of its path, by the load balancer's own metrics.

The metrics are those that an ALB publishes to CloudWatch (see ``cli.target_metrics``); the embedded load balancer
publishes the same ones, every second. What the load balancer has to answer itself, because a target resets, hangs or
refuses connections, is on AWS counted for the load balancer as a whole only; so it is compared with the time before.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Final, Protocol

from cli.errors import CommandError
from cli.target_metrics import BalancerFigures, Figures, publishing_seconds
from settings.settings import Settings

MAX_ERROR_SHARE: Final = 0.01
"""At most this share of requests may fail, or what fails at the old service if that is more."""
MAX_LATENCY_RATIO: Final = 2.0
LATENCY_ALLOWANCE_SECONDS: Final = 0.05
"""Going through the load balancer once more costs this much at most. It is added after the ratio."""
MIN_REQUESTS: Final = 10
"""With fewer, one slow request would decide."""
BEFORE_SECONDS: Final = 300
"""How much of the time before is looked at for what the load balancer answers itself."""


def verdict(
    new: Figures, old: Figures, *, during: BalancerFigures | None = None, before: BalancerFigures | None = None
) -> str | None:
    """Compare the new target group with the old one, and the load balancer with itself.

    Returns:
        Why the new service is worse, with figures; None when it is not, or when there were too few requests to tell.
    """
    if new.requests < MIN_REQUESTS:
        return None
    return _errors(new, old) or _connections(new, old) or _balancer(new, during, before) or _latency(new, old)


def _errors(new: Figures, old: Figures) -> str | None:
    allowed = max(MAX_ERROR_SHARE, old.error_share)
    if new.error_share > allowed:
        return f"{new.error_share:.1%} of its answers are 5xx, {allowed:.1%} are allowed"
    return None


def _connections(new: Figures, old: Figures) -> str | None:
    allowed = max(MAX_ERROR_SHARE, old.connection_errors / old.requests if old.requests else 0.0)
    share = new.connection_errors / new.requests
    if share > allowed:
        return f"{new.connection_errors} connections to it failed ({share:.1%} of its requests), {allowed:.1%} may"
    return None


def _balancer(new: Figures, during: BalancerFigures | None, before: BalancerFigures | None) -> str | None:
    """Whether the load balancer answers more itself than before, as far as that can be the new service's doing."""
    if during is None or before is None:
        return None
    more = during.own_errors - before.own_error_share * during.requests
    share = min(more, new.requests) / new.requests
    if share > MAX_ERROR_SHARE:
        return (
            f"the load balancer itself answered {during.own_errors} of {during.requests} requests with 502, 503 or 504 "
            f"({before.own_error_share:.1%} before); the excess is {share:.1%} of its requests, "
            f"{MAX_ERROR_SHARE:.1%} are allowed"
        )
    return None


def _latency(new: Figures, old: Figures) -> str | None:
    pairs = (("p50", new.p50_seconds, old.p50_seconds), ("p99", new.p99_seconds, old.p99_seconds))
    for name, mine, theirs in pairs:
        if mine is None or theirs is None:
            continue
        limit = MAX_LATENCY_RATIO * theirs + LATENCY_ALLOWANCE_SECONDS
        if mine > limit:
            return f"its {name} is {mine * 1000:.0f} ms, {limit * 1000:.0f} ms are allowed"
    return None


class CanaryFailed(CommandError):
    """The new service is worse. The text has the figures that decided."""


class Metrics(Protocol):
    """What CloudWatch says; times carry their zone."""

    def group(self, service: str, since: dt.datetime, until: dt.datetime) -> Figures:
        """Of the target group of a service."""

    def balancer(self, service: str, since: dt.datetime, until: dt.datetime) -> BalancerFigures:
        """Of the load balancer of that group."""


class Watcher:
    """Compares a service with the monolith until that is decided.

    ``clock`` gives seconds, ``now`` the time of day with its zone.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings = settings
        self._say = say
        self._metrics = metrics
        self._clock = clock
        self._sleep = sleep
        self._now = now

    def watch(self, service: str, weight: int) -> None:
        """Return when ``service`` did as well as the monolith for long enough or for enough requests.

        Raises:
            CanaryFailed: it did worse.
        """
        settings, period_seconds = self._settings, publishing_seconds(self._settings)
        monolith = settings.system.monolith.name
        asked_at = self._now()
        began = _next_whole(asked_at, period_seconds)
        before = self._metrics.balancer(service, began - dt.timedelta(seconds=BEFORE_SECONDS), began)
        # The first period that is whole begins a little later.
        waiting_seconds = (began - asked_at).total_seconds()
        deadline = self._clock() + waiting_seconds + max(settings.canary_seconds, 2 * period_seconds)
        while True:
            until = self._now() + dt.timedelta(seconds=period_seconds)
            new, old = (self._metrics.group(name, began, until) for name in (service, monolith))
            problem = verdict(new, old, during=self._metrics.balancer(service, began, until), before=before)
            if problem is not None:
                raise CanaryFailed(
                    f"{service} at {weight} % is worse than the monolith: {problem}.\n"
                    f"  {service}: {new}\n  monolith: {old}\n"
                    f"It gets 0 % again and the monolith serves the whole path. Correct {service} and deploy again."
                )
            if new.requests >= settings.canary_requests or self._clock() >= deadline:
                self._say(f"  {service} at {weight} %: {new}; monolith: {old}")
                return
            self._sleep(period_seconds)


def _next_whole(moment: dt.datetime, period_seconds: int) -> dt.datetime:
    """The first moment from ``moment`` on at which a period of the metrics begins."""
    return dt.datetime.fromtimestamp(-(-moment.timestamp() // period_seconds) * period_seconds, dt.UTC)
