"""The closed loop: a number of connections that are always busy. It shows what a request costs, not what a side bears.

Its clients wait for each other's answers, as visitors do not; decision 0012 has more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.sides import Databases, Side
from bench.workload import OPERATIONS
from bench.wrk import Load, Wrk

_WARM_UP_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One measurement.

    Attributes:
        side, operation: what was measured; names of the subjects's sides and of OPERATIONS.
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
class ClosedLoop:
    """Measures sides whose databases are ``databases``."""

    databases: Databases
    wrk: Wrk

    def load(self, side: Side, operation: str, *, clients: int, seconds: float) -> Load:
        """Load one side and look at nothing else."""
        asked = OPERATIONS[operation]
        return self.wrk.load(asked.method, side.url + asked.paths[0], clients=clients, seconds=seconds)

    def rounds(
        self, sides: Sequence[Side], operation: str, *, clients: int, seconds: float, rounds: int
    ) -> list[Sample]:
        """Measure ``sides`` in turn, ``rounds`` times after a short load that is not counted.

        Returns:
            A sample for each side and round.
        """
        for side in sides:
            self.load(side, operation, clients=clients, seconds=_WARM_UP_SECONDS)
        return [
            self._sample(side, operation, clients=clients, seconds=seconds) for _ in range(rounds) for side in sides
        ]

    def _sample(self, side: Side, operation: str, *, clients: int, seconds: float) -> Sample:
        cpu_seconds, calls = side.cpu_seconds(), self.databases.calls()
        load = self.load(side, operation, clients=clients, seconds=seconds)
        return Sample(
            side=side.name,
            operation=operation,
            clients=clients,
            load=load,
            cpu_seconds=side.cpu_seconds() - cpu_seconds,
            database_calls=self.databases.calls() - calls,
        )
