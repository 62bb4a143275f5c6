"""Measuring: every pair of side and operation in turn, round after round, so that what the machine does hits all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.options import CROWD, Options
from bench.sides import OPERATIONS, Field, Side
from bench.wrk import Load, Wrk

_WARM_UP_SECONDS: Final = 1.0
_SOAK_SECONDS: Final = 10.0
_SOAK_SHARES: Final = ("like", "list", "like", "profile")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One measurement.

    Attributes:
        side, operation: what was measured; names of the field's sides and of OPERATIONS.
        clients: connections kept busy.
        load: what the load generator saw.
        cpu_seconds: processor time of the side's processes.
        database_calls: item operations of DynamoDB meanwhile.
    """

    side: str
    operation: str
    clients: int
    load: Load
    cpu_seconds: float
    database_calls: int


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Resident memory of our monolith, in MB, after ``requests`` answers."""

    requests: int
    resident_mb: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was seen.

    Attributes:
        samples: in the order they were taken.
        resident_mb: by side, after all of them.
        soak: memory over the long load at the end.
    """

    samples: tuple[Sample, ...]
    resident_mb: dict[str, float]
    soak: tuple[Memory, ...]


class Meter:
    """Measures the sides of ``field``; ``say`` shows progress."""

    def __init__(self, field: Field, options: Options, *, wrk: Wrk, say: Callable[[str], None]) -> None:
        self._field = field
        self._options = options
        self._wrk = wrk
        self._say = say

    def run(self) -> Measured:
        """Measure everything."""
        samples: list[Sample] = []
        for clients in self._options.clients:
            self._field.database.fill()  # the ledger of one block must not slow the next
            for side, operation in self._pairs(0):
                self._load(side, operation, clients=clients, seconds=_WARM_UP_SECONDS)
            for number in range(self._options.rounds):
                taken = [self._sample(side, operation, clients) for side, operation in self._pairs(number)]
                self._tell(clients, number, taken)
                samples += taken
        resident_mb = {name: side.resident_mb() for name, side in self._field.sides.items()}
        return Measured(samples=tuple(samples), resident_mb=resident_mb, soak=tuple(self._soak()))

    def _pairs(self, number: int) -> Iterator[tuple[Side, str]]:
        """Operation by operation, the sides in an order that turns from round to round."""
        sides = list(self._field.sides.values())
        turned = sides[number % len(sides) :] + sides[: number % len(sides)]
        for operation in OPERATIONS:
            yield from ((side, operation) for side in turned if operation in side.operations)

    def _load(self, side: Side, operation: str, *, clients: int, seconds: float) -> Load:
        method, path = OPERATIONS[operation]
        return self._wrk.load(method, side.url + path, clients=clients, seconds=seconds)

    def _sample(self, side: Side, operation: str, clients: int) -> Sample:
        cpu_seconds, calls = side.cpu_seconds(), self._field.database.calls()
        load = self._load(side, operation, clients=clients, seconds=self._options.seconds)
        return Sample(
            side=side.name,
            operation=operation,
            clients=clients,
            load=load,
            cpu_seconds=side.cpu_seconds() - cpu_seconds,
            database_calls=self._field.database.calls() - calls,
        )

    def _tell(self, clients: int, number: int, taken: list[Sample]) -> None:
        likes = {sample.side: sample.load.per_second for sample in taken if sample.operation == "like"}
        text = ", ".join(f"{side} {rate:,.0f}" for side, rate in likes.items())
        self._say(f"{clients} clients, round {number + 1} of {self._options.rounds}: likes a second: {text}")

    def _soak(self) -> Iterator[Memory]:
        """Load our monolith until it has answered as many requests as asked, and look at its memory now and then."""
        side, wanted = self._field.sides["ours"], self._options.soak_requests
        answered, began = 0, time.monotonic()
        while answered < wanted:
            self._field.database.fill()
            for operation in _SOAK_SHARES:
                load = self._load(side, operation, clients=CROWD, seconds=_SOAK_SECONDS)
                answered += load.requests
            memory = Memory(requests=answered, resident_mb=side.resident_mb())
            self._say(
                f"Long load: {answered:,} of {wanted:,} requests in {time.monotonic() - began:.0f} s, "
                f"{memory.resident_mb:.1f} MB resident"
            )
            yield memory
