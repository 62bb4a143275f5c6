"""The criteria of the benchmark, judged."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Final

from bench.measure import Measured
from bench.results import Results
from bench.workload import CLOSED, OPERATIONS
from reporting.criteria import Criterion

_TIMES_FLASK: Final = 8.0
_TIMES_FLASK_ALONE: Final = 1.0
_KEPT_SHARE: Final = 0.85
_SPLIT_SHARE: Final = 0.6
_SPLIT_P50_TIMES: Final = 2.0
_RESIDENT_MB: Final = 110.0
_GROWTH: Final = 0.02


def judge(results: Results) -> list[Criterion]:
    """Judge what was measured.

    Returns:
        Every criterion, met or not.
    """
    criteria = [
        _at_least(
            f"{operation.name}: highest rate by that of Flask",
            _TIMES_FLASK,
            results.times_highest("ours", "gunicorn", name),
            as_text=_times,
        )
        for name, operation in OPERATIONS.items()
    ]
    criteria += [
        _at_least(
            f"{OPERATIONS[name].name}, one client: rate by that of Flask",
            _TIMES_FLASK_ALONE,
            results.ratio("ours", "gunicorn", name, 1),
            as_text=_hundredths,
        )
        for name in CLOSED
    ]
    criteria += [*_likes(results), *_failures(results)]
    if results.measured.long_load:
        criteria += _memory(results.measured)
    return criteria


def _likes(results: Results) -> list[Criterion]:
    inline, split = (results.measured.side_by_side[side] for side in ("inline", "split"))
    return [
        _at_least(
            "Likes with each on disk: highest rate, share of that without",
            _KEPT_SHARE,
            results.times_highest("kept", "ours", "like"),
            as_text=_percent,
        ),
        _at_least(
            "Split likes: highest rate, share of the inline like's",
            _SPLIT_SHARE,
            results.times_highest("split", "inline", "like"),
            as_text=_percent,
        ),
        _at_most(
            f"Split likes at {split.per_second:,.0f} a second: p50 by that of the inline like",
            _SPLIT_P50_TIMES,
            split.p50_ms / inline.p50_ms,
            as_text=_times,
        ),
    ]


def _failures(results: Results) -> list[Criterion]:
    failed, of = results.failed(("ours", "kept", "inline", "split"))
    return [
        Criterion(name="Our requests that failed", wanted="0", measured=f"{failed:,} of {of:,}", met=failed == 0),
    ]


def _memory(measured: Measured) -> list[Criterion]:
    """The end of the long load, and its second half against its first."""
    end = measured.long_load[-1]
    half = len(measured.long_load) // 2
    criteria = [
        _at_most(f"Resident MB after {end.requests:,} more requests", _RESIDENT_MB, end.resident_mb, as_text=_number)
    ]
    if half:
        first, second = (
            median(one.resident_mb for one in part) for part in (measured.long_load[:half], measured.long_load[-half:])
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


def _hundredths(value: float) -> str:
    return f"{value:.2f}x"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _number(value: float) -> str:
    return f"{value:.1f}"
