"""The load balancer's metrics in CloudWatch, as an ALB publishes them, but every second."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from embedded.alb.metrics import GroupMetrics
from embedded.alb.proxy import ProxyError

log = logging.getLogger(__name__)

NAMESPACE: Final = "AWS/ApplicationELB"
PERIOD_SECONDS: Final = 1.0
KEEP_SECONDS: Final = 3600
"""Older data points are dropped: they lie in memory."""

ReadMetrics = Callable[[], Any]
"""Coroutine function whose answer maps a target group's name to its ``GroupMetrics``."""


class MetricsPublisher:
    """Puts what each target group did in the last second into ``cloudwatch`` (moto's backend)."""

    def __init__(self, *, cloudwatch: Any, elbv2: Any, read: ReadMetrics) -> None:
        self._cloudwatch = cloudwatch
        self._elbv2 = elbv2
        self._read = read
        self._last: dict[str, GroupMetrics] = {}

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            try:
                metrics = await self._read()
            except ProxyError:
                continue  # it is being started again; the next second has its figures
            self.publish(metrics, now=dt.datetime.now(dt.UTC))

    def publish(self, metrics: Mapping[str, GroupMetrics], *, now: dt.datetime) -> None:
        """One round at ``now``, which carries its time zone."""
        at = now.astimezone(dt.UTC).replace(tzinfo=None)  # moto keeps and compares UTC without saying so
        groups = {group.name: group for group in list(self._elbv2.target_groups.values())}
        for name, current in metrics.items():
            added = current.since(self._last.get(name, GroupMetrics()))
            self._last[name] = current
            group = groups.get(name)
            if group is not None and group.load_balancer_arns and added.requests > 0:
                self._put(group, added, at)
        self._drop_old(at)

    def _put(self, group: Any, added: GroupMetrics, at: dt.datetime) -> None:
        dimensions = [
            {"Name": "TargetGroup", "Value": group.arn.rpartition(":")[2]},
            {"Name": "LoadBalancer", "Value": group.load_balancer_arns[0].partition("loadbalancer/")[2]},
        ]
        values = {
            "RequestCount": [(float(added.requests), 1)],
            "HTTPCode_Target_5XX_Count": [(float(added.responses_5xx), 1)],
            "TargetResponseTime": _latencies_seconds(added),
        }
        data = [
            {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "StatisticValues": _statistics(samples)}
            for metric, samples in values.items()
            if samples
        ]
        self._cloudwatch.put_metric_data(NAMESPACE, data)

    def _drop_old(self, at: dt.datetime) -> None:
        oldest = at - dt.timedelta(seconds=KEEP_SECONDS)
        kept = [datum for datum in self._cloudwatch.metric_data if datum.timestamp >= oldest]
        if len(kept) < len(self._cloudwatch.metric_data):
            self._cloudwatch.metric_data[:] = kept


def _statistics(samples: list[tuple[float, int]]) -> dict[str, float]:
    """A statistic set of (value, how often) pairs."""
    return {
        "SampleCount": float(sum(count for _, count in samples)),
        "Sum": sum(value * count for value, count in samples),
        "Minimum": min(value for value, _ in samples),
        "Maximum": max(value for value, _ in samples),
    }


def _latencies_seconds(metrics: GroupMetrics) -> list[tuple[float, int]]:
    """Bounds of the latency buckets in seconds with how many answers fell into each."""
    found: list[tuple[float, int]] = []
    before = 0
    for bound_ms, count in metrics.latency_ms:
        if count > before:
            found.append((bound_ms / 1000, count - before))
        before = count
    return found
