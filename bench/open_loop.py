"""The open loop's measure of a side: the highest constant rate with p99 within the limit and nothing failed.

All sides are searched at once, a step of each in turn, so that what else the machine does hits all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.h2load import Offered

P99_LIMIT_MS: Final = 100.0
WIDE: Final = 1.3
"""By so much the rate changes until one that holds and one that does not are known, when nothing is known yet."""

NARROW: Final = 1.1
"""The same for a search that begins at what another one found."""

_TRIES: Final = 2
"""A rate that does not hold is tried once more: something else on the machine may have had the processor."""

Offer = Callable[[float], Offered]
"""Offers one side a constant rate, requests a second."""


@dataclass(kw_only=True)
class Search:
    """Bisection, on a logarithmic scale, for the highest rate that holds.

    Attributes:
        rate: to try next, requests a second.
        factor: by which it changes until one that holds and one that does not are known.
        highest: the highest that held, 0 as long as none did.
    """

    rate: float
    factor: float = WIDE
    highest: float = 0.0
    _too_high: float = field(default=math.inf, init=False)

    def note(self, *, held: bool) -> None:
        """What came of ``rate``."""
        if held:
            self.highest = max(self.highest, self.rate)
        else:
            self._too_high = min(self._too_high, self.rate)
        if self.highest == 0:
            self.rate = self._too_high / self.factor
        elif self._too_high == math.inf:
            self.rate = self.highest * self.factor
        else:
            self.rate = math.sqrt(self.highest * self._too_high)


@dataclass(frozen=True, kw_only=True)
class Steady:
    """The highest rate of one side that held.

    Attributes:
        side, operation: what was measured; names of the subjects's sides and of OPERATIONS.
        at_highest: what came of that rate, None where no rate held.
        tried: everything that was tried, in order.
    """

    side: str
    operation: str
    at_highest: Offered | None
    tried: tuple[Offered, ...]

    @property
    def per_second(self) -> float:
        """Requests a second; 0 where no rate held."""
        return self.at_highest.per_second if self.at_highest is not None else 0.0


def holds(offered: Offered) -> bool:
    """Whether a side bears this rate."""
    return offered.failed == 0 and offered.p99_ms <= P99_LIMIT_MS


def highest_rates(
    offers: Mapping[str, Offer], *, operation: str, guesses: Mapping[str, float], steps: int, factor: float = WIDE
) -> Sequence[Steady]:
    """Search each side of ``offers``, in ``steps`` steps from its guess.

    Returns:
        One result for each side.
    """
    searches = {side: Search(rate=guesses[side], factor=factor) for side in offers}
    tried: dict[str, list[Offered]] = {side: [] for side in offers}
    for _ in range(steps):
        for side, search in searches.items():
            attempts = _attempts(offers[side], search.rate)
            tried[side] += attempts
            search.rate = attempts[-1].per_second
            search.note(held=holds(attempts[-1]))
    return [_steady(side, operation, tried[side]) for side in offers]


def _attempts(offer: Offer, rate: float) -> list[Offered]:
    attempts: list[Offered] = []
    while len(attempts) < _TRIES and not (attempts and holds(attempts[-1])):
        attempts.append(offer(rate))
    return attempts


def _steady(side: str, operation: str, tried: Sequence[Offered]) -> Steady:
    held = [offered for offered in tried if holds(offered)]
    best = max(held, key=lambda offered: offered.per_second, default=None)
    return Steady(side=side, operation=operation, at_highest=best, tried=tuple(tried))
