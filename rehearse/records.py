"""What became of each visit: one line of JSON each, written by the load process and read by the rehearsal.

Times are seconds of the monotonic clock, which all processes of one machine share.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

Outcome = Literal["ok", "answered", "refused", "timeout"]
"""``ok``: the right answer. ``answered``: another one. ``refused``: the connection could not be made or broke.
``timeout``: no answer in time."""

_END: Final = "end"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One HTTP request.

    Attributes:
        sent: when it went out.
        done: when its answer was read, or given up.
        status: HTTP status, 0 without an answer.
        outcome: see Outcome.
        problem: what was wrong, in a few words; empty for ``ok``.
    """

    sent: float
    done: float
    status: int
    outcome: Outcome
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One visit with every attempt at it.

    Attributes:
        number, kind, path, counts_as: of the visit.
        due: when it was meant to be sent first.
        attempts: at least one.
    """

    number: int
    kind: str
    path: str
    counts_as: str
    due: float
    attempts: tuple[Attempt, ...]

    @property
    def ok(self) -> bool:
        """Whether it was done in the end."""
        return self.attempts[-1].outcome == "ok"

    @property
    def done(self) -> float:
        """When it was done or given up."""
        return self.attempts[-1].done

    @property
    def latency_seconds(self) -> float:
        """From when it was due, so that waiting for the load process itself counts as well."""
        return self.done - self.due

    def line(self) -> str:
        """Write the record as JSON.

        Returns:
            One line.
        """
        attempts = [[round(a.sent, 4), round(a.done, 4), a.status, a.outcome, a.problem] for a in self.attempts]
        return json.dumps([self.number, self.kind, self.path, self.counts_as, round(self.due, 4), attempts]) + "\n"

    @classmethod
    def parse(cls, line: str) -> Record:
        """Read what ``line`` wrote.

        Returns:
            The same record, with times rounded to 0.1 ms.

        Raises:
            ValueError: it is no such line.
        """
        number, kind, path, counts_as, due, attempts = json.loads(line)
        return cls(
            number=number,
            kind=kind,
            path=path,
            counts_as=counts_as,
            due=due,
            attempts=tuple(
                Attempt(sent=sent, done=done, status=status, outcome=outcome, problem=problem)
                for sent, done, status, outcome, problem in attempts
            ),
        )


def end_line(*, requests: int, failures: int) -> str:
    """Write the last line: what the load generator itself counted.

    Returns:
        A line of JSON.
    """
    return json.dumps({_END: {"requests": requests, "failures": failures}}) + "\n"


@dataclass(frozen=True, kw_only=True)
class EndCounts:
    """What the load generator itself counted."""

    requests: int
    failures: int


class RecordReader:
    """Reads a file of records while it is being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._rest = ""
        self.end: EndCounts | None = None

    def read_new(self) -> list[Record]:
        """Read what was written since the last call, and set ``end`` when the last line has come.

        Returns:
            Records in the order in which they were written.
        """
        if self._file is None:
            if not self._path.is_file():
                return []
            self._file = self._path.open(encoding="utf-8")
        text = self._rest + self._file.read()
        *lines, self._rest = text.split("\n")
        return list(self._parse(lines))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _parse(self, lines: Iterable[str]) -> Iterator[Record]:
        for line in lines:
            if line.startswith("{"):
                self.end = EndCounts(**json.loads(line)[_END])
            else:
                yield Record.parse(line)
