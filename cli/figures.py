"""Figures that something has to reach, and how they are told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: what was wanted, what came out, whether that is enough."""

    name: str
    wanted: str
    measured: str
    reached: bool


def print_figures(figures: Sequence[Figure]) -> None:
    """The figures as aligned text on stdout."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        verdict = "reached" if figure.reached else "MISSED"
        sys.stdout.write(f"{verdict:8} {figure.name.ljust(width)}  {figure.measured}  (wanted: {figure.wanted})\n")
