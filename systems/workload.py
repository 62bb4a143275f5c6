"""What visitors of a system do and what they must find: the part of a rehearsal that knows the system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ReadTable = Callable[[str], Sequence[Mapping[str, Any]]]
"""All items of a table of the system, by its name, read consistently: plain values by attribute name."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One thing a visitor wants done.

    Attributes:
        number: counts from 0.
        due_seconds: when it arrives, from the start of the load.
        kind: one of the workload's kinds.
        method, path, headers, body: of the request, the same for every attempt; a body is JSON.
        counts_as: the counter that it adds one to when it is done, such as a table's item; empty for a read.
    """

    number: int
    due_seconds: float
    kind: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    counts_as: str = ""


class Workload(Protocol):
    """One system's traffic."""

    @property
    def mix(self) -> Mapping[str, int]:
        """Weight of each kind of visit."""

    def visits(self, *, seed: int, rate: float, mix: Mapping[str, int], run_id: str) -> Iterator[Visit]:
        """Visits in order of arrival: a Poisson process of ``rate`` a second, each kind with its weight in ``mix``.

        The same seed gives the same visits at the same times; ``run_id`` alone makes the keys of writes new.
        """

    def problem(self, visit: Visit, status: int, body: bytes) -> str:
        """What is wrong with an answer in a few words, or an empty string. A placeholder's page is a 200 too."""

    def counters(self, read: ReadTable) -> Mapping[str, int]:
        """The counters that visits add to, by the names in ``counts_as``."""
