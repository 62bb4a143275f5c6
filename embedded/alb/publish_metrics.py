"""The load balancer's metrics in CloudWatch, as an ALB publishes them, but every second.

Names, dimensions and meanings are those of "CloudWatch metrics for your Application Load Balancer" in the ELB user
guide; a count that is zero is not published there either. Not published: connections, bytes, capacity units, TLS, and
the dimension AvailabilityZone.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from embedded.alb.health import Hosts
from embedded.alb.metrics import GroupMetrics, in_class
from embedded.alb.proxy import ProxyError
from embedded.cloudwatch.series import Key, Samples, SeriesStore

NAMESPACE: Final = "AWS/ApplicationELB"
PERIOD_SECONDS: Final = 1.0
_HOSTS_EVERY_SECONDS: Final = 60
_CLASSES: Final = (2, 3, 4, 5)
_OWN_ERRORS: Final = (502, 503, 504)


Value = tuple[str, Samples]
"""A metric and its values of one round."""


class LoadBalancers(Protocol):
    """What is read of the embedded load balancers."""

    def metrics(self) -> Awaitable[Mapping[str, GroupMetrics]]:
        """Counts by target group name; raises ProxyError while a proxy is being started again."""

    def hosts(self, group_arn: str) -> Hosts:
        """The group's targets."""


class MetricsPublisher:
    """Puts what each target group and load balancer did in the last second into ``store``.

    Args:
        store: of the embedded CloudWatch.
        elbv2: moto's.
        load_balancers: what is counted.
        speed: minutes pass so many times as fast as on AWS, and each has the targets' health.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        store: SeriesStore,
        elbv2: Any,
        load_balancers: LoadBalancers,
        speed: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._elbv2 = elbv2
        self._load_balancers = load_balancers
        self._hosts_every_seconds = max(1, round(_HOSTS_EVERY_SECONDS / speed))
        self._clock = clock
        self._last: dict[str, GroupMetrics] = {}
        self._hosts: dict[str, tuple[Hosts, int]] = {}

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            try:
                metrics = await self._load_balancers.metrics()
            except ProxyError:
                continue  # it is being started again; the next second has its figures
            self.publish(metrics, at=self._clock())

    def publish(self, metrics: Mapping[str, GroupMetrics], *, at: float) -> None:
        """One round at ``at``, in epoch seconds."""
        balancers: dict[str, GroupMetrics] = defaultdict(GroupMetrics)
        for group in list(self._elbv2.target_groups.values()):
            if not group.load_balancer_arns:
                continue
            added = self._added(group.name, metrics.get(group.name, GroupMetrics()))
            balancer = group.load_balancer_arns[0].partition("loadbalancer/")[2]
            balancers[balancer] = balancers[balancer].plus(added)
            self._put_group(group.arn, balancer, added, at)
        for balancer, added in balancers.items():
            self._put({"LoadBalancer": balancer}, [*_of_both(added), *_of_balancer(added)], at)
        self._store.forget(now=at)

    def _added(self, name: str, current: GroupMetrics) -> GroupMetrics:
        """What was added since the last round; a proxy that was started again counts from zero."""
        last = self._last.get(name, GroupMetrics())
        self._last[name] = current
        return current.since(last if current.continues(last) else GroupMetrics())

    def _put_group(self, arn: str, balancer: str, added: GroupMetrics, at: float) -> None:
        group = arn.rpartition(":")[2]
        both = {"TargetGroup": group, "LoadBalancer": balancer}
        hosts = self._load_balancers.hosts(arn)
        self._put(both, _of_both(added), at)
        if added.requests and hosts.healthy:
            share = [("RequestCountPerTarget", [(added.requests / hosts.healthy, 1)])]
            self._put(both, share, at)
            self._put({"TargetGroup": group}, share, at)
        told = (hosts, int(at // self._hosts_every_seconds))
        if self._hosts.get(arn) != told:
            self._hosts[arn] = told
            counts = {"HealthyHostCount": hosts.healthy, "UnHealthyHostCount": hosts.unhealthy}
            self._put(both, [(metric, [(float(count), 1)]) for metric, count in counts.items()], at)

    def _put(self, dimensions: Mapping[str, str], values: Iterable[Value], at: float) -> None:
        for metric, samples in values:
            if samples:
                self._store.put(Key.of(metric, dimensions), at=at, samples=samples)


def _of_both(added: GroupMetrics) -> Iterator[Value]:
    """What is published of a target group and of its load balancer."""
    yield "RequestCount", _count(added.requests)
    for hundreds in _CLASSES:
        yield f"HTTPCode_Target_{hundreds}XX_Count", _count(in_class(added.target_codes, hundreds))
    yield "TargetConnectionErrorCount", _count(added.connection_errors)
    yield "TargetResponseTime", _latencies_seconds(added)


def _of_balancer(added: GroupMetrics) -> Iterator[Value]:
    """What is published of a load balancer alone: the answers that no target gave."""
    for hundreds in (4, 5):
        yield f"HTTPCode_ELB_{hundreds}XX_Count", _count(in_class(added.own_codes, hundreds))
    for code in _OWN_ERRORS:
        yield f"HTTPCode_ELB_{code}_Count", _count(added.own_codes.get(code, 0))


def _count(number: int) -> Samples:
    return [(float(number), 1)] if number > 0 else []


def _latencies_seconds(metrics: GroupMetrics) -> Samples:
    """Bounds of the latency buckets in seconds with how many answers fell into each."""
    found: list[tuple[float, int]] = []
    before = 0
    for bound_ms, count in metrics.latency_ms:
        if count > before:
            found.append((bound_ms / 1000, count - before))
        before = count
    return found
