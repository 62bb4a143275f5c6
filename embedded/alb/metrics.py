"""What the proxy counted for each target group, read from Envoy's statistics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_FIELDS: Final = {
    "upstream_rq_total": "sent",
    "upstream_rq_pending_failure_eject": "unsent",
    "upstream_cx_connect_fail": "connection_errors",
    "upstream_rq_active": "in_flight",
}
_ANSWERS: Final = re.compile(
    r"alb\.answers\.group\.(?P<group>[A-Za-z0-9-]+)\.code\.(?P<code>\d+)\.flags\.(?P<flags>.+)"
)
_OWN_ERROR_FLAGS: Final = frozenset(("UH", "UF", "UC", "UR", "UPE", "SI"))
_CLIENT_LEFT: Final = "DC"
CLIENT_LEFT_STATUS: Final = 460
"""What an ALB counts when the client closed the connection before there was an answer."""

STATS_QUERY: Final[Mapping[str, str]] = {
    "format": "json",
    "histogram_buckets": "cumulative",
    "filter": rf"^cluster\.[^.]+\.({'|'.join(_FIELDS)}|upstream_rq_time)$|^alb\.answers\.",
}
"""The query of Envoy's ``/stats`` whose answer ``parse`` reads."""

Codes = Mapping[int, int]
"""How many answers by HTTP status."""


@dataclass(frozen=True, kw_only=True)
class GroupMetrics:
    """Counts of one target group since the proxy started; subtract two with ``since`` to see a stretch of time.

    Attributes:
        sent: requests that began on their way to a target; one that is never answered is among them.
        unsent: requests for which a target was chosen that could not be connected to.
        connection_errors: connections to targets that failed.
        in_flight: requests waiting for their answer now.
        latency_ms: pairs (upper bound in ms, answers of targets that took at most that long), cumulative, by rising
            bound; empty before the first. Time is from the request's last byte to the answer's last byte at the proxy.
        target_codes: answers of targets.
        own_codes: answers that the load balancer gave itself: 502, 503 and 504, and 460 for a client that left.
    """

    sent: int = 0
    unsent: int = 0
    connection_errors: int = 0
    in_flight: int = 0
    latency_ms: tuple[tuple[float, int], ...] = ()
    target_codes: Codes = field(default_factory=dict)
    own_codes: Codes = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Requests for which a target was chosen."""
        return self.sent + self.unsent

    def since(self, earlier: GroupMetrics) -> GroupMetrics:
        """What was added after ``earlier`` was read; ``in_flight`` stays that of now."""
        return self._with(earlier, -1, in_flight=self.in_flight)

    def continues(self, earlier: GroupMetrics) -> bool:
        """Whether no count is lower than ``earlier``, as it would be of a proxy that was started again since."""
        added = self.since(earlier)
        return min(added.requests, *added.target_codes.values(), *added.own_codes.values(), 0) == 0

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
            sent=self.sent + sign * other.sent,
            unsent=self.unsent + sign * other.unsent,
            connection_errors=self.connection_errors + sign * other.connection_errors,
            in_flight=in_flight,
            latency_ms=tuple(
                (bound, mine.get(bound, 0) + sign * theirs.get(bound, 0))
                for bound in sorted(mine.keys() | theirs.keys())
            ),
            target_codes=_codes_with(self.target_codes, other.target_codes, sign),
            own_codes=_codes_with(self.own_codes, other.own_codes, sign),
        )


def in_class(codes: Codes, hundreds: int) -> int:
    """How many answers have a status of a class: 5 for 500 to 599."""
    return sum(count for code, count in codes.items() if code // 100 == hundreds)


@dataclass(frozen=True, kw_only=True)
class ProxyStats:
    """One reading of a proxy: metrics without codes by cluster, and those with codes alone by target group."""

    clusters: Mapping[str, GroupMetrics]
    answers: Mapping[str, GroupMetrics]


def parse(stats: Mapping[str, Any]) -> ProxyStats:
    """The answer to ``STATS_QUERY``.

    Returns:
        Counts since the proxy started.
    """
    found: dict[str, dict[str, Any]] = {}
    target: dict[str, Counter[int]] = {}
    own: dict[str, Counter[int]] = {}
    for stat in stats["stats"]:
        for histogram in stat.get("histograms", ()):
            cluster, name = _split(histogram["name"])
            if name == "upstream_rq_time":
                found.setdefault(cluster, {})["latency_ms"] = _buckets(histogram["buckets"])
        if "name" not in stat:
            continue
        answers = _ANSWERS.fullmatch(stat["name"])
        if answers is not None:
            code, is_own = _status(int(answers["code"]), answers["flags"])
            (own if is_own else target).setdefault(answers["group"], Counter())[code] += int(stat["value"])
        elif not stat["name"].startswith("alb."):
            cluster, name = _split(stat["name"])
            if name in _FIELDS:
                found.setdefault(cluster, {})[_FIELDS[name]] = int(stat["value"])
    return ProxyStats(
        clusters={cluster: GroupMetrics(**values) for cluster, values in found.items()},
        answers={
            group: GroupMetrics(target_codes=dict(target.get(group, {})), own_codes=dict(own.get(group, {})))
            for group in target.keys() | own.keys()
        },
    )


def _status(code: int, flags: str) -> tuple[int, bool]:
    """The status that an ALB would count, and whether the answer is its own."""
    noted = set(flags.split(","))
    if noted & _OWN_ERROR_FLAGS:
        return code, True
    return (CLIENT_LEFT_STATUS, True) if code == 0 and _CLIENT_LEFT in noted else (code, False)


def _codes_with(mine: Codes, theirs: Codes, sign: int) -> Codes:
    sums = {code: mine.get(code, 0) + sign * theirs.get(code, 0) for code in mine.keys() | theirs.keys()}
    return {code: count for code, count in sums.items() if count}


def _split(name: str) -> tuple[str, str]:
    """Cluster and statistic of ``cluster.CLUSTER.STATISTIC``."""
    _, cluster, statistic = name.split(".", 2)
    return cluster, statistic


def _buckets(buckets: Iterable[Mapping[str, Any]]) -> tuple[tuple[float, int], ...]:
    return tuple((float(bucket["upper_bound"]), int(bucket["cumulative"])) for bucket in buckets)
