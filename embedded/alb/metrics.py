"""What the proxy counted for each target group, read from Envoy's statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_FIELDS: Final = {
    "upstream_rq_completed": "requests",
    "upstream_rq_5xx": "responses_5xx",
    "upstream_rq_active": "in_flight",
}

STATS_QUERY: Final[Mapping[str, str]] = {
    "format": "json",
    "histogram_buckets": "cumulative",
    "filter": r"^cluster\.[^.]+\.upstream_rq_(completed|5xx|active|time)$",
}
"""The query of Envoy's ``/stats`` whose answer ``parse`` reads."""


@dataclass(frozen=True, kw_only=True)
class GroupMetrics:
    """Counts of one target group since the proxy started; subtract two with ``since`` to see a stretch of time.

    Attributes:
        requests: requests answered, by a target or on its behalf (no target, connection lost).
        responses_5xx: those of them answered with 500 to 599.
        in_flight: requests waiting for their answer now.
        latency_ms: pairs (upper bound in ms, answers of targets that took at most that long), cumulative, by rising
            bound; empty before the first. Time is from the request's last byte to the answer's last byte at the proxy.
    """

    requests: int = 0
    responses_5xx: int = 0
    in_flight: int = 0
    latency_ms: tuple[tuple[float, int], ...] = ()

    @property
    def error_rate(self) -> float:
        """Share of answers with 5xx, 0.0 to 1.0; 0.0 when there were none."""
        return self.responses_5xx / self.requests if self.requests else 0.0

    def since(self, earlier: GroupMetrics) -> GroupMetrics:
        """What was added after ``earlier`` was read; ``in_flight`` stays that of now."""
        return self._with(earlier, -1, in_flight=self.in_flight)

    def plus(self, other: GroupMetrics) -> GroupMetrics:
        """Both together."""
        return self._with(other, 1, in_flight=self.in_flight + other.in_flight)

    def quantile_ms(self, quantile: float) -> float | None:
        """Upper bound in ms of the bucket that holds the ``quantile`` (0.0 to 1.0) of answers; None without answers."""
        if not self.latency_ms or self.latency_ms[-1][1] == 0:
            return None
        wanted = quantile * self.latency_ms[-1][1]
        return next(bound for bound, count in self.latency_ms if count >= wanted)

    def _with(self, other: GroupMetrics, sign: int, *, in_flight: int) -> GroupMetrics:
        mine, theirs = dict(self.latency_ms), dict(other.latency_ms)
        return GroupMetrics(
            requests=self.requests + sign * other.requests,
            responses_5xx=self.responses_5xx + sign * other.responses_5xx,
            in_flight=in_flight,
            latency_ms=tuple(
                (bound, mine.get(bound, 0) + sign * theirs.get(bound, 0))
                for bound in sorted(mine.keys() | theirs.keys())
            ),
        )


def parse(stats: Mapping[str, Any]) -> dict[str, GroupMetrics]:
    """Metrics by cluster name from the answer to ``STATS_QUERY``."""
    found: dict[str, dict[str, Any]] = {}
    for stat in stats["stats"]:
        for histogram in stat.get("histograms", ()):
            cluster, name = _split(histogram["name"])
            if name == "upstream_rq_time":
                found.setdefault(cluster, {})["latency_ms"] = _buckets(histogram["buckets"])
        if "name" in stat:
            cluster, name = _split(stat["name"])
            if name in _FIELDS:
                found.setdefault(cluster, {})[_FIELDS[name]] = int(stat["value"])
    return {cluster: GroupMetrics(**values) for cluster, values in found.items()}


def _split(name: str) -> tuple[str, str]:
    """Cluster and statistic of ``cluster.CLUSTER.STATISTIC``."""
    _, cluster, statistic = name.split(".", 2)
    return cluster, statistic


def _buckets(buckets: Iterable[Mapping[str, Any]]) -> tuple[tuple[float, int], ...]:
    return tuple((float(bucket["upper_bound"]), int(bucket["cumulative"])) for bucket in buckets)
