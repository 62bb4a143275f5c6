"""Time series of value distributions, and CloudWatch's statistics over periods of them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

Samples = Sequence[tuple[float, int]]
"""Pairs of a value and how often it was seen."""

STATISTICS: Final = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")
"""CloudWatch's names for all but percentiles."""

_PERCENTILE: Final = re.compile(r"p(?:\d{1,2}(?:\.\d{1,10})?|100)")


def is_percentile(name: str) -> bool:
    """Whether it is CloudWatch's name for one: ``p99``, ``p99.9``, from ``p0.0`` to ``p100``."""
    return _PERCENTILE.fullmatch(name) is not None


def require_statistic(name: str) -> None:
    """Refuse what is no statistic.

    Raises:
        ValueError: there is no such statistic; the text says what there is.
    """
    if name not in STATISTICS and not is_percentile(name):
        raise ValueError(f"{name} is no statistic; use {', '.join(STATISTICS)} or a percentile such as p99.")


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a series is of: the metric's name and exactly these dimensions, as pairs of name and value."""

    metric: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, metric: str, dimensions: Mapping[str, str]) -> Key:
        """The series of a metric with these dimensions."""
        return cls(metric=metric, dimensions=frozenset(dimensions.items()))


@dataclass(frozen=True, kw_only=True)
class Point:
    """What was seen at one time, in epoch seconds."""

    at: float
    samples: Samples


@dataclass(frozen=True, kw_only=True)
class Period:
    """Everything that was seen from ``start`` (epoch seconds) on, for the length of a period."""

    start: float
    samples: Samples

    def statistic(self, name: str) -> float:
        """A statistic by CloudWatch's name: Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p99.

        A percentile is the smallest value that so many percent of all values do not exceed.

        Raises:
            ValueError: there is no such statistic.
        """
        require_statistic(name)
        count = sum(often for _, often in self.samples)
        total = sum(value * often for value, often in self.samples)
        values = [value for value, _ in self.samples]
        simple = (total, total / count, min(values), max(values), float(count))
        if name in STATISTICS:
            return dict(zip(STATISTICS, simple, strict=True))[name]
        rank = max(1, math.ceil(count * float(name.removeprefix("p")) / 100))
        for value, often in sorted(self.samples):
            rank -= often
            if rank <= 0:
                return value
        raise AssertionError("a percentile of at most 100 lies within the samples")


class SeriesStore:
    """Keeps every series for ``keep_seconds``; a query reads the one series that it asks for and no other.

    Any thread may call it: the API answers in threads of its own while the publisher writes.

    Attributes:
        keeps_pace: whether as many data points come in a minute of AWS that is shortened here as in a whole one.
    """

    def __init__(self, *, keep_seconds: float, keeps_pace: bool = False) -> None:
        self.keeps_pace: Final = keeps_pace
        self._keep_seconds = keep_seconds
        self._lock = Lock()
        self._points: dict[Key, list[Point]] = {}

    def put(self, key: Key, *, at: float, samples: Samples) -> None:
        """Add what was seen at ``at``, which does not lie before the series' last point; forget what is too old."""
        with self._lock:
            points = self._points.setdefault(key, [])
            points.append(Point(at=at, samples=samples))
            if points[0].at < at - 2 * self._keep_seconds:  # in batches: each cut moves the rest of the list
                del points[: bisect_left(points, at - self._keep_seconds, key=lambda point: point.at)]

    def forget(self, *, now: float) -> None:
        """Drop every series whose last point is older than ``keep_seconds``."""
        oldest = now - self._keep_seconds
        with self._lock:
            self._points = {key: points for key, points in self._points.items() if points[-1].at >= oldest}

    def series(self) -> Iterable[Key]:
        """Every series there is."""
        with self._lock:
            return tuple(self._points)

    def periods(self, key: Key, *, start: float, end: float, period_seconds: int) -> list[Period]:
        """What was seen from ``start`` to before ``end``, by periods that begin at multiples of their length.

        Returns:
            Periods in which anything was seen, in order.
        """
        with self._lock:
            points = self._points.get(key, [])
            begin, stop = (bisect_left(points, limit, key=lambda point: point.at) for limit in (start, end))
            asked = points[begin:stop]
        by_start: dict[float, list[tuple[float, int]]] = {}
        for point in asked:
            by_start.setdefault(point.at // period_seconds * period_seconds, []).extend(point.samples)
        return [Period(start=at, samples=samples) for at, samples in by_start.items() if samples]
