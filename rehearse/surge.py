"""The course of a surge: visitors come as before, then more and more, stay for a while, and go again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Surge:
    """How the rate of visits changes, as a multiple of what it is at first.

    Attributes:
        before_seconds: as many as usual.
        rise_seconds: they become more.
        hold_seconds: there are ``factor`` times as many.
        fall_seconds: they become fewer. After that there are as many as usual.
        factor: at the peak.
    """

    before_seconds: float = 20.0
    rise_seconds: float = 60.0
    hold_seconds: float = 60.0
    fall_seconds: float = 10.0
    factor: float = 5.0

    @property
    def seconds(self) -> float:
        """Until there are as many as usual again."""
        return self.before_seconds + self.rise_seconds + self.hold_seconds + self.fall_seconds

    @property
    def peak(self) -> tuple[float, float]:
        """From when until when the most come, in seconds."""
        begin = self.before_seconds + self.rise_seconds
        return begin, begin + self.hold_seconds

    def _parts(self) -> Iterator[tuple[float, float, float]]:
        """Rate at the begin and the end, and seconds, of each part."""
        yield 1, 1, self.before_seconds
        yield 1, self.factor, self.rise_seconds
        yield self.factor, self.factor, self.hold_seconds
        yield self.factor, 1, self.fall_seconds
        yield 1, 1, math.inf

    def when(self, due: float) -> float:
        """When a visit comes that would come at ``due`` if they always came at the usual rate, both in seconds."""
        began, left = 0.0, due
        for first, last, seconds in self._parts():
            visits = (first + last) / 2 * seconds
            if left <= visits:
                return began + _after(left, first, (last - first) / seconds)
            began, left = began + seconds, left - visits
        raise AssertionError("the last part has no end")


def _after(visits: float, rate: float, growth: float) -> float:
    """Seconds until so many visits have come at a rate that grows by so much a second."""
    if growth == 0:
        return visits / rate
    return (math.sqrt(rate * rate + 2 * growth * visits) - rate) / growth


def is_asked_for(environ: Mapping[str, str]) -> bool:
    """Whether SURGE=1 asks for a surge in the place of a walk."""
    return environ.get("SURGE", "").strip() == "1"
