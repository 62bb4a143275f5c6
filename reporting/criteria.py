"""Criteria: what a rehearsal or a benchmark has to reach, and whether it did."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion after it was judged.

    Attributes:
        name: what is judged, such as ``Visits that failed``.
        wanted: the limit, as text for people.
        measured: the value, as text for people.
        met: whether the value is within the limit.
    """

    name: str
    wanted: str
    measured: str
    met: bool


def print_criteria(criteria: Sequence[Criterion]) -> None:
    """Print one aligned line for each criterion on stdout."""
    width = max((len(criterion.name) for criterion in criteria), default=0)
    for criterion in criteria:
        verdict = "met" if criterion.met else "MISSED"
        name, measured, wanted = criterion.name.ljust(width), criterion.measured, criterion.wanted
        sys.stdout.write(f"{verdict:6} {name}  {measured}  (wanted: {wanted})\n")
