"""The table of ``make check``: what is under way, how long it took, what it found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.spinner import Spinner
from rich.table import Table

from policy.findings import Result

_MARKS: Final = {"passed": ("✓", "green"), "failed": ("✗", "bold red"), "unknown": ("?", "yellow")}


@dataclass
class _Line:
    title: str
    began: float | None = None
    took: float | None = None
    result: Result | None = None


class CheckView:
    """One line for each check. ``clock`` gives seconds."""

    def __init__(self, titles: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = {title: _Line(title=title) for title in titles}
        self._clock = clock
        self._spinner = Spinner("dots")

    def begin(self, title: str) -> None:
        """A check is under way."""
        self._lines[title].began = self._clock()

    def end(self, title: str, result: Result) -> None:
        """It is done."""
        line = self._lines[title]
        line.took = self._clock() - (line.began or 0)
        line.result = result

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Title, verdict, seconds and what was examined, of each check that is done."""
        return [
            (line.title, line.result.verdict, f"{line.took:.1f} s", summary(line.result))
            for line in self._lines.values()
            if line.result is not None
        ]

    def __rich__(self) -> Table:
        """The table as it is now."""
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for line in self._lines.values():
            if line.result is not None:
                mark, style = _MARKS[line.result.verdict]
                table.add_row(mark, line.title, f"{line.took:6.1f} s", summary(line.result), style=style)
            elif line.began is not None:
                table.add_row(self._spinner, line.title, f"{self._clock() - line.began:6.0f} s", "", style="bold")
            else:
                table.add_row("", line.title, "", "", style="dim")
        return table


def summary(result: Result) -> str:
    """What was examined, found and exempted, in a few words."""
    parts = [result.examined]
    if result.findings:
        parts.append(f"{len(result.findings)} found")
    if result.exempted:
        parts.append(f"{result.exempted} exempted")
    return ", ".join(parts)
