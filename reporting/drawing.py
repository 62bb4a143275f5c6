"""How our plots look, and how they are written. Importing this takes most of a second."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.use("Agg")
mpl.rcParams["svg.fonttype"] = "none"  # text stays text: smaller, and can be searched
mpl.rcParams["svg.hashsalt"] = "reporting"

INK: Final = "#22303c"
FAINT: Final = "#8a97a3"
COLORS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
"""Okabe and Ito's colours, distinguishable with any colour vision, without yellow, which is faint on white."""

Line = tuple[str, Any]
"""Colour and line style, as matplotlib takes them."""

_STYLES: Final[tuple[Any, ...]] = ("-", (0, (5, 2)), (0, (1, 1.5)))


def lines(names: Iterable[str]) -> dict[str, Line]:
    """Choose a line for each name: different colours as long as there are some, then different styles too.

    Returns:
        Line by name, in the order of the names; no name is left out.
    """
    choices = itertools.cycle((color, style) for style in _STYLES for color in COLORS)
    return dict(zip(names, choices, strict=False))


def figure(*, width: float, height: float) -> Figure:
    """Make an empty figure.

    Args:
        width: in inches.
        height: the same.

    Returns:
        A figure that lays itself out.
    """
    return Figure(figsize=(width, height), layout="constrained")


def plain(axes: Axes) -> None:
    """Take away what does not carry information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=8.5)
    axes.grid(axis="y", color="#dfe4e8", linewidth=0.6)
    axes.set_axisbelow(True)


def svg(drawn: Figure) -> str:
    """Write a figure as SVG.

    Returns:
        An ``svg`` element to put into a page.
    """
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def png(drawn: Figure, path: Path) -> None:
    """Write the figure."""
    drawn.savefig(path, format="png", dpi=110, facecolor="white")
