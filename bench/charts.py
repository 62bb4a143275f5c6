"""The picture of a benchmark: what each side bears, by operation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.open_loop import P99_LIMIT_MS
from bench.results import Results
from bench.workload import OPERATIONS
from reporting import drawing

_SIDES: Final = {
    "gunicorn": ("Flask, gunicorn", drawing.FAINT),
    "ours": ("ours", drawing.COLORS[0]),
    "kept": ("ours, likes on disk", drawing.COLORS[3]),
    "inline": ("ours behind the load balancer", drawing.COLORS[4]),
    "split": ("ours, split", drawing.COLORS[2]),
}
_BAR: Final = 0.16


def draw(results: Results, path: Path) -> None:
    """Write the highest rates by operation and side as a PNG."""
    figure = drawing.figure(width=11.0, height=4.6)
    axes = figure.subplots()
    drawing.plain(axes)
    for place, operation in enumerate(OPERATIONS):
        shown = [side for side in _SIDES if side in results.steady_sides(operation)]
        for offset, side in enumerate(shown):
            name, color = _SIDES[side]
            x = place + (offset - (len(shown) - 1) / 2) * _BAR
            rate = results.highest_rate(side, operation)
            axes.bar(x, rate, width=_BAR * 0.9, color=color, label=name if place == 0 else None)
            axes.text(x, rate, f"{rate:,.0f}", ha="center", va="bottom", fontsize=7.5, color=drawing.INK)
    axes.set_xticks(range(len(OPERATIONS)), [operation.name for operation in OPERATIONS.values()])
    axes.set_ylabel(f"requests a second with p99 <= {P99_LIMIT_MS:g} ms", color=drawing.INK, fontsize=8.5)
    figure.legend(loc="outside lower center", ncols=len(_SIDES), frameon=False, fontsize=8.5)
    drawing.png(figure, path)
