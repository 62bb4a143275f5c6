"""One line of ``make doctor``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked at and found.

    Attributes:
        name: of what was looked at.
        found: in a few words, with the figures.
        mend: what to do; empty when nothing has to be done.
    """

    name: str
    found: str
    mend: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing has to be done."""
        return not self.mend

    def __str__(self) -> str:
        return f"{self.name}: {self.found}" + (f"; {self.mend}" if self.mend else "")
