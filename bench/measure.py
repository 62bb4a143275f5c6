"""Measuring everything: what each side bears, what one request of it costs, and our memory over a long load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.closed_loop import ClosedLoop, Sample
from bench.h2load import H2Load, Offered
from bench.open_loop import NARROW, WIDE, Offer, Steady, highest_rates
from bench.options import Options
from bench.sides import Side, Subjects
from bench.workload import CLOSED, CROWD, OPERATIONS

JUDGED: Final = ("ours", "gunicorn")
"""Sides whose rates are compared by every operation."""

ALSO_BY_LIKES: Final = ("kept", "inline", "split")
"""Sides that bear likes of one mysfit as well, searched in the first round only."""

LATER_STEPS: Final = 3
"""Of a search in the rounds after the first, which begins where the one before ended."""

_GUESS_SECONDS: Final = 1.0
_GUESS_SHARE: Final = 0.8
"""A search begins at this share of what a closed loop gets out of a side."""

_LONG_SECONDS: Final = 10.0
_LONG_OPERATIONS: Final = ("like", "list", "like", "profile")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Resident memory of our monolith, in MB, after ``requests`` answers."""

    requests: int
    resident_mb: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was seen.

    Attributes:
        steady: highest rates, a result for each round, side and operation.
        side_by_side: likes of one mysfit by ``inline`` and ``split`` at one rate, half of what the slower one bears.
        samples: of the closed loop, in the order they were taken.
        resident_mb: by side, after all of them.
        long_load: memory over the long load at the end.
    """

    steady: tuple[Steady, ...]
    side_by_side: dict[str, Offered]
    samples: tuple[Sample, ...]
    resident_mb: dict[str, float]
    long_load: tuple[Memory, ...]


class Meter:
    """Measures the sides of ``subjects``; ``say`` shows progress."""

    def __init__(
        self, subjects: Subjects, options: Options, *, closed: ClosedLoop, h2load: H2Load, say: Callable[[str], None]
    ) -> None:
        self._subjects = subjects
        self._options = options
        self._closed = closed
        self._h2load = h2load
        self._say = say

    def run(self) -> Measured:
        """Measure everything."""
        steady: list[Steady] = []
        for number in range(self._options.rounds):
            before = {(one.side, one.operation): one.per_second for one in steady}
            steady += self._open_loop(number, before)
        side_by_side = self._side_by_side(steady)
        samples = list(self._closed_loop())
        resident_mb = {name: side.resident_mb() for name, side in self._subjects.sides.items()}
        return Measured(
            steady=tuple(steady),
            side_by_side=side_by_side,
            samples=tuple(samples),
            resident_mb=resident_mb,
            long_load=tuple(self._long_load()),
        )

    def _sides(self, *names: str) -> list[Side]:
        return [self._subjects.sides[name] for name in names]

    def _open_loop(self, number: int, before: Mapping[tuple[str, str], float]) -> Iterator[Steady]:
        """One round; ``before`` is what the round before found by side and operation."""
        first = number == 0
        for operation in OPERATIONS:
            names = JUDGED + (ALSO_BY_LIKES if first and operation == "like" else ())
            self._subjects.database.fill()  # the ledger of one operation must not slow the next
            found = highest_rates(
                {side.name: self._offer(side, operation) for side in self._sides(*names)},
                operation=operation,
                guesses={
                    side.name: before.get((side.name, operation)) or self._guess(side, operation)
                    for side in self._sides(*names)
                },
                steps=self._options.steps if first else LATER_STEPS,
                factor=WIDE if first else NARROW,
            )
            rates = ", ".join(f"{one.side} {one.per_second:,.0f}" for one in found)
            self._say(f"Round {number + 1} of {self._options.rounds}, {OPERATIONS[operation].name}: {rates} a second")
            yield from found

    def _offer(self, side: Side, operation: str) -> Offer:
        def offer(per_second: float) -> Offered:
            return self._h2load.offer(
                OPERATIONS[operation], side.url, per_second=per_second, seconds=self._options.seconds
            )

        return offer

    def _guess(self, side: Side, operation: str) -> float:
        """Also warms the side up."""
        closed = operation if operation in CLOSED else operation.removesuffix("s")
        load = self._closed.load(side, closed, clients=CROWD, seconds=_GUESS_SECONDS)
        return _GUESS_SHARE * load.per_second

    def _side_by_side(self, steady: Sequence[Steady]) -> dict[str, Offered]:
        names = ("inline", "split")
        rate = min(one.per_second for one in steady if one.side in names) / 2
        return {side.name: self._offer(side, "like")(max(rate, 1.0)) for side in self._sides(*names)}

    def _closed_loop(self) -> Iterator[Sample]:
        for clients in self._options.clients:
            self._subjects.database.fill()
            for operation in CLOSED:
                sides = [side for side in self._subjects.sides.values() if operation in side.operations]
                measure = partial(
                    self._closed.rounds, operation=operation, clients=clients, seconds=self._options.seconds
                )
                if clients > 1:
                    yield from measure(sides, rounds=1)
                    continue
                # One client is judged, the other sides are for information.
                yield from measure(self._sides(*JUDGED), rounds=self._options.one_client_rounds)
                yield from measure([side for side in sides if side.name not in JUDGED], rounds=1)
            self._say(f"Closed loop, {clients} clients: done")

    def _long_load(self) -> Iterator[Memory]:
        """Load our monolith until it has answered as many requests as asked, and look at its memory now and then."""
        side, wanted = self._subjects.sides["ours"], self._options.long_requests
        answered, began = 0, time.monotonic()
        while answered < wanted:
            self._subjects.database.fill()
            for operation in _LONG_OPERATIONS:
                answered += self._closed.load(side, operation, clients=CROWD, seconds=_LONG_SECONDS).requests
            memory = Memory(requests=answered, resident_mb=side.resident_mb())
            self._say(
                f"Long load: {answered:,} of {wanted:,} requests in {time.monotonic() - began:.0f} s, "
                f"{memory.resident_mb:.1f} MB resident"
            )
            yield memory
