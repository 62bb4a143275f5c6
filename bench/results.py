"""Medians and ratios of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median

from bench.closed_loop import Sample
from bench.h2load import Offered
from bench.measure import Measured
from bench.open_loop import Steady


class Results:
    """Medians over the rounds of what was measured; ratios are taken within a round, which is the same minute."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self._steady: dict[tuple[str, str], list[Steady]] = {}
        for steady in measured.steady:
            self._steady.setdefault((steady.side, steady.operation), []).append(steady)
        self._samples: dict[tuple[str, str, int], list[Sample]] = {}
        for sample in measured.samples:
            self._samples.setdefault((sample.side, sample.operation, sample.clients), []).append(sample)

    def steady_sides(self, operation: str) -> list[str]:
        """Sides whose highest rate was searched by this operation."""
        return [side for side, what in self._steady if what == operation]

    def highest_rate(self, side: str, operation: str) -> float:
        """Requests a second."""
        return median(one.per_second for one in self._steady[side, operation])

    def at_highest(self, side: str, operation: str) -> Offered | None:
        """What came of the highest rate, in the round of the median; None where no rate held."""
        ordered = sorted(self._steady[side, operation], key=lambda one: one.per_second)
        return ordered[len(ordered) // 2].at_highest

    def times_highest(self, side: str, other: str, operation: str) -> float:
        """Highest rate of ``side`` by that of ``other``, in the rounds that have both."""
        pairs = zip(self._steady[side, operation], self._steady[other, operation], strict=False)
        return median(one.per_second / two.per_second if two.per_second else 0.0 for one, two in pairs)

    @property
    def clients(self) -> list[int]:
        """Numbers of connections of the closed loop, rising."""
        return sorted({clients for _, _, clients in self._samples})

    def has(self, side: str, operation: str) -> bool:
        """Whether the closed loop measured this side by this operation."""
        return any((side, operation) == (name, what) for name, what, _ in self._samples)

    def rate(self, side: str, operation: str, clients: int) -> float:
        """Right answers a second in the closed loop."""
        return self._median(side, operation, clients, lambda sample: sample.load.per_second)

    def p50_ms(self, side: str, operation: str, clients: int) -> float:
        """Median latency in the closed loop."""
        return self._median(side, operation, clients, lambda sample: sample.load.p50_ms)

    def p99_ms(self, side: str, operation: str, clients: int) -> float:
        """Latency that one request in a hundred exceeds in the closed loop."""
        return self._median(side, operation, clients, lambda sample: sample.load.p99_ms)

    def cpu_ms(self, side: str, operation: str, clients: int) -> float:
        """Processor time of a request, which is also seconds for 1,000 requests."""
        return self._median(side, operation, clients, lambda sample: 1e3 * sample.cpu_seconds / sample.load.requests)

    def calls_per_1000(self, side: str, operation: str, clients: int) -> float:
        """DynamoDB calls for 1,000 requests."""
        return self._median(side, operation, clients, lambda sample: 1e3 * sample.database_calls / sample.load.requests)

    def ratio(self, side: str, other: str, operation: str, clients: int) -> float:
        """Rate of ``side`` by that of ``other`` in the closed loop."""
        pairs = zip(self._samples[side, operation, clients], self._samples[other, operation, clients], strict=True)
        return median(one.load.per_second / two.load.per_second for one, two in pairs)

    def failed(self, sides: Iterable[str]) -> tuple[int, int]:
        """Requests of the closed loop without a right answer, and all requests."""
        chosen = [sample.load for sample in self.measured.samples if sample.side in sides]
        return sum(load.failed for load in chosen), sum(load.requests for load in chosen)

    def _median(self, side: str, operation: str, clients: int, value: Callable[[Sample], float]) -> float:
        return median(value(sample) for sample in self._samples[side, operation, clients])
