"""The picture of a benchmark: one panel for each number of connections."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.judge import Results
from bench.sides import OPERATIONS
from reporting import drawing

_SIDES: Final = {
    "flask": ("Flask, development server", "#b8c0c8"),
    "gunicorn": ("Flask, gunicorn", drawing.FAINT),
    "ours": ("ours", drawing.COLORS[0]),
    "kept": ("ours, likes on disk", drawing.COLORS[3]),
    "inline": ("ours behind the load balancer", drawing.COLORS[4]),
    "split": ("ours, split", drawing.COLORS[2]),
    "ceiling": ("empty handler", drawing.COLORS[1]),
}
_BAR: Final = 0.12


def draw(results: Results, path: Path) -> None:
    """Write requests a second by operation and side as a PNG."""
    figure = drawing.figure(width=11.0, height=7.2)
    clients = results.clients
    rows = (len(clients) + 1) // 2
    panels = figure.subplots(rows, 2, squeeze=False, sharey=True).flat
    # The numbers first: zip takes one more of what it asks first, and that panel could not be hidden below.
    for number, axes in zip(clients, panels, strict=False):
        drawing.plain(axes)
        axes.set_title(f"{number} client{'s' if number > 1 else ''}", fontsize=10, color=drawing.INK, loc="left")
        for place, operation in enumerate(OPERATIONS):
            shown = [side for side in _SIDES if results.has(side, operation)]
            for offset, side in enumerate(shown):
                name, color = _SIDES[side]
                x = place + (offset - (len(shown) - 1) / 2) * _BAR
                rate = results.rate(side, operation, number)
                axes.bar(x, rate, width=_BAR * 0.9, color=color, label=name if place == 0 else None)
                axes.text(x, rate, f"{rate:,.0f}", ha="center", va="bottom", fontsize=6.5, color=drawing.INK)
        axes.set_xticks(range(len(OPERATIONS)), list(OPERATIONS))
        axes.set_ylabel("requests a second", color=drawing.INK, fontsize=8.5)
    for axes in panels:
        axes.set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(_SIDES), frameon=False, fontsize=8.5)
    drawing.png(figure, path)
