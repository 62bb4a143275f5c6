"""What came out: medians, ratios, and the criteria to meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Final

from bench.measure import Measured, Sample
from bench.options import CROWD, JUDGED_CALLS_AT
from bench.sides import OPERATIONS
from reporting.criteria import Criterion

_TIMES_FLASK: Final = 10.0
_SHARE_OF_CEILING: Final = 0.5
_CALLS_PER_1000_LIKES: Final = 60.0
_SPLIT_SHARE: Final = 0.6
_SPLIT_P50_TIMES: Final = 2.0
_KEPT_SHARE: Final = 0.85
_RESIDENT_MB: Final = 110.0
_GROWTH: Final = 0.02


class Results:
    """Medians over the rounds of what was measured."""

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self._samples: dict[tuple[str, str, int], list[Sample]] = {}
        for sample in measured.samples:
            self._samples.setdefault((sample.side, sample.operation, sample.clients), []).append(sample)

    @property
    def clients(self) -> list[int]:
        """Numbers of connections that were measured, rising."""
        return sorted({clients for _, _, clients in self._samples})

    def has(self, side: str, operation: str) -> bool:
        """Whether this side was measured by this operation."""
        return any((side, operation) == (name, what) for name, what, _ in self._samples)

    def rate(self, side: str, operation: str, clients: int) -> float:
        """Right answers a second."""
        return self._median(side, operation, clients, lambda sample: sample.load.per_second)

    def p50_ms(self, side: str, operation: str, clients: int) -> float:
        """Median latency."""
        return self._median(side, operation, clients, lambda sample: sample.load.p50_ms)

    def p99_ms(self, side: str, operation: str, clients: int) -> float:
        """Latency that one request in a hundred exceeds."""
        return self._median(side, operation, clients, lambda sample: sample.load.p99_ms)

    def cpu_ms(self, side: str, operation: str, clients: int) -> float:
        """Processor time of a request, which is also seconds for 1,000 requests."""
        return self._median(side, operation, clients, lambda sample: 1e3 * sample.cpu_seconds / sample.load.requests)

    def calls_per_1000(self, side: str, operation: str, clients: int) -> float:
        """DynamoDB calls for 1,000 requests."""
        return self._median(side, operation, clients, lambda sample: 1e3 * sample.database_calls / sample.load.requests)

    def ratios(self, side: str, other: str, operation: str, clients: int) -> list[float]:
        """Rate of ``side`` by that of ``other``, round by round: both were measured within the same minute."""
        pairs = zip(self._samples[side, operation, clients], self._samples[other, operation, clients], strict=True)
        return [one.load.per_second / two.load.per_second for one, two in pairs]

    def failed(self, sides: Iterable[str]) -> tuple[int, int]:
        """Requests without a right answer, and all requests."""
        chosen = [sample.load for sample in self.measured.samples if sample.side in sides]
        return sum(load.failed for load in chosen), sum(load.requests for load in chosen)

    def _median(self, side: str, operation: str, clients: int, value: Callable[[Sample], float]) -> float:
        return median(value(sample) for sample in self._samples[side, operation, clients])


def judge(results: Results) -> list[Criterion]:
    """Every criterion."""
    criteria = [_times_flask(results, operation) for operation in OPERATIONS]
    criteria += [
        _at_least(
            f"Like, {CROWD} clients: share of an empty handler's rate",
            _SHARE_OF_CEILING,
            median(results.ratios("ours", "ceiling", "like", CROWD)),
            as_text=_percent,
        ),
        _at_least(
            f"Like, {CROWD} clients: rate with every like on disk, share of that without",
            _KEPT_SHARE,
            median(results.ratios("kept", "ours", "like", CROWD)),
            as_text=_percent,
        ),
        _at_most(
            f"Like, {JUDGED_CALLS_AT} clients: DynamoDB calls per 1,000",
            _CALLS_PER_1000_LIKES,
            results.calls_per_1000("ours", "like", JUDGED_CALLS_AT),
            as_text=_number,
        ),
        _at_least(
            f"Split like, {CROWD} clients: share of the inline like's rate",
            _SPLIT_SHARE,
            median(results.ratios("split", "inline", "like", CROWD)),
            as_text=_percent,
        ),
        _at_most(
            f"Split like, {CROWD} clients: p50 by that of the inline like",
            _SPLIT_P50_TIMES,
            results.p50_ms("split", "like", CROWD) / results.p50_ms("inline", "like", CROWD),
            as_text=_times,
        ),
    ]
    failed, of = results.failed(("ours", "kept", "inline", "split"))
    criteria.append(
        Criterion(name="Our requests that failed", wanted="0", measured=f"{failed:,} of {of:,}", met=failed == 0)
    )
    if results.measured.soak:
        criteria += _memory(results.measured)
    return criteria


def _times_flask(results: Results, operation: str) -> Criterion:
    """Against the faster of Flask's two servers."""
    ratio = min(median(results.ratios("ours", side, operation, CROWD)) for side in ("flask", "gunicorn"))
    name = f"{operation.title()}, {CROWD} clients: rate by that of Flask on its faster server"
    return _at_least(name, _TIMES_FLASK, ratio, as_text=_times)


def _memory(measured: Measured) -> list[Criterion]:
    """The end of the long load, and its second half against its first."""
    end = measured.soak[-1]
    half = len(measured.soak) // 2
    criteria = [
        _at_most(f"Resident MB after {end.requests:,} more requests", _RESIDENT_MB, end.resident_mb, as_text=_number)
    ]
    if half:
        first, second = (
            median(one.resident_mb for one in part) for part in (measured.soak[:half], measured.soak[-half:])
        )
        criteria.append(
            _at_most("Growth of resident memory over the long load", _GROWTH, second / first - 1, as_text=_percent)
        )
    return criteria


def _at_least(name: str, wanted: float, measured: float, *, as_text: Callable[[float], str]) -> Criterion:
    text = as_text(measured)
    return Criterion(name=name, wanted=f">= {as_text(wanted)}", measured=text, met=measured >= wanted)


def _at_most(name: str, wanted: float, measured: float, *, as_text: Callable[[float], str]) -> Criterion:
    text = as_text(measured)
    return Criterion(name=name, wanted=f"<= {as_text(wanted)}", measured=text, met=measured <= wanted)


def _times(value: float) -> str:
    return f"{value:.1f}x"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _number(value: float) -> str:
    return f"{value:.1f}"
