"""Watching a new service under a share of its path, by the load balancer's own metrics.

The metrics are those that an ALB publishes to CloudWatch for every target group (RequestCount,
HTTPCode_Target_5XX_Count, TargetResponseTime); the embedded load balancer publishes the same ones, every second.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cli import aws
from cli.errors import CommandError
from settings.settings import Settings

MAX_ERROR_SHARE: Final = 0.01
"""A new service may answer at most this share of requests with 5xx, or what the old one answers if that is more."""
MAX_LATENCY_RATIO: Final = 2.0
LATENCY_ALLOWANCE_SECONDS: Final = 0.05
"""Going through the load balancer once more costs this much at most. It is added before the ratio decides."""
MIN_REQUESTS: Final = 10
"""With fewer, one slow request would decide."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one target group did while it was watched; latency is the mean in seconds, None without requests."""

    requests: int
    errors: int
    latency_seconds: float | None

    @property
    def error_share(self) -> float:
        """5xx answers by requests, 0 without requests."""
        return self.errors / self.requests if self.requests else 0.0

    def __str__(self) -> str:
        latency = "no latency" if self.latency_seconds is None else f"{self.latency_seconds * 1000:.0f} ms on average"
        return f"{self.requests} requests, {self.errors} of them 5xx ({self.error_share:.1%}), {latency}"


def verdict(new: Figures, old: Figures) -> str | None:
    """Why the new group is worse than the old one, or None when it is not."""
    if new.requests < MIN_REQUESTS:
        return None
    allowed = max(MAX_ERROR_SHARE, old.error_share)
    if new.error_share > allowed:
        return f"{new.error_share:.1%} of its answers are 5xx, {allowed:.1%} are allowed"
    if new.latency_seconds is not None and old.latency_seconds is not None:
        limit = MAX_LATENCY_RATIO * old.latency_seconds + LATENCY_ALLOWANCE_SECONDS
        if new.latency_seconds > limit:
            return f"it takes {new.latency_seconds * 1000:.0f} ms on average, {limit * 1000:.0f} ms are allowed"
    return None


class CanaryFailed(CommandError):
    """The new service is worse; the text has the figures that decided."""


ReadFigures = Callable[[str, dt.datetime], Figures]
"""Figures of a service's target group from that time (with its zone) to now."""


class Watcher:
    """Compares a service with the monolith until that is decided.

    ``read`` is ``CloudWatchFigures.read``; ``clock`` gives seconds, ``now`` the time of day with its zone.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None],
        read: ReadFigures,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings = settings
        self._say = say
        self._read = read
        self._clock = clock
        self._sleep = sleep
        self._now = now

    def watch(self, service: str, weight: int) -> None:
        """Return when ``service`` did as well as the monolith for long enough or for enough requests.

        Raises:
            CanaryFailed: it did worse.
        """
        settings, period_seconds = self._settings, publishing_seconds(self._settings)
        began = self._now()
        deadline = self._clock() + max(settings.canary_seconds, 2 * period_seconds)
        while True:
            new, old = self._read(service, began), self._read("monolith", began)
            problem = verdict(new, old)
            if problem is not None:
                raise CanaryFailed(
                    f"{service} at {weight} % is worse than the monolith: {problem}.\n"
                    f"  {service}: {new}\n  monolith: {old}\n"
                    f"It gets 0 % again and the monolith serves the whole path. Mend {service} and deploy again."
                )
            if new.requests >= settings.canary_requests or self._clock() >= deadline:
                self._say(f"  {service} at {weight} %: {new}; monolith: {old}")
                return
            self._sleep(period_seconds)


def publishing_seconds(settings: Settings) -> int:
    """An ALB publishes its metrics once a minute, with a minute's delay; the embedded one every second."""
    return 1 if settings.is_local else 60


class CloudWatchFigures:
    """Figures of target groups, from CloudWatch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cloudwatch = aws.client(settings, "cloudwatch")
        self._elb = aws.client(settings, "elbv2")
        self._period_seconds = publishing_seconds(settings)

    def read(self, service: str, since: dt.datetime) -> Figures:
        """Figures of the target group of ``service`` from ``since`` to now."""
        group = self._elb.describe_target_groups(Names=[self._settings.name(service)])["TargetGroups"][0]
        dimensions = [
            {"Name": "TargetGroup", "Value": group["TargetGroupArn"].rpartition(":")[2]},
            {"Name": "LoadBalancer", "Value": group["LoadBalancerArns"][0].partition("loadbalancer/")[2]},
        ]
        requests = self._sum("RequestCount", "Sum", dimensions, since)
        errors = self._sum("HTTPCode_Target_5XX_Count", "Sum", dimensions, since)
        seconds = self._sum("TargetResponseTime", "Sum", dimensions, since)
        samples = self._sum("TargetResponseTime", "SampleCount", dimensions, since)
        return Figures(
            requests=int(requests), errors=int(errors), latency_seconds=seconds / samples if samples else None
        )

    def _sum(self, metric: str, statistic: str, dimensions: list[dict[str, Any]], since: dt.datetime) -> float:
        answer = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=since,
            EndTime=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self._period_seconds),
            Period=self._period_seconds,
            Statistics=[statistic],
        )
        return float(sum(point[statistic] for point in answer["Datapoints"]))
