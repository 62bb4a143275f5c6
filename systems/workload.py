"""What visitors of a system do and what they must find: the part of a rehearsal that knows the system."""

from __future__ import annotations

import json
import random
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
        counts_as: name of the counter that rises by one when the visit is done, such as an item's id; empty for a
            visit that changes no counter.
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
    """One system's traffic.

    What a workload of another system has to give:

    - each ``kind`` in ``mix``, and visits of these kinds only;
    - requests that may be sent again: a rehearsal with faults repeats what failed, with the same headers and body, so
      every visit that counts carries a key by which the system knows a repetition, new for each ``number`` and
      ``run_id``;
    - a ``problem`` for everything that a visitor would not call an answer, an empty page included;
    - in ``counters`` every name that it puts into ``counts_as``, once that counter is in the table;
    - in ``raises`` what any write does to these counters, since a walk also sends writes that were recorded.

    The rehearsal reads the counters before and after the load and compares their rise with what was acknowledged. A
    workload without any write gives no counters, and then that is not judged.
    """

    @property
    def mix(self) -> Mapping[str, int]:
        """Weight of each kind of visit, unless the person who rehearses gives others."""

    def visits(self, *, seed: int, rate: float, mix: Mapping[str, int], run_id: str) -> Iterator[Visit]:
        """Visits without end, in order of arrival; ``arrivals`` gives their times and kinds.

        Args:
            seed: the same seed gives the same visits at the same times.
            rate: visits a second, on average.
            mix: weight of each kind.
            run_id: text that is new for each rehearsal; part of the keys of writes.
        """

    def raises(self, method: str, path: str, body: bytes) -> Mapping[str, int]:
        """By how much each counter rises when this request is done.

        Args:
            method: in capitals.
            path: with its query.
            body: empty for none.

        Returns:
            Rise by the names in ``counters``, without those that stay.
        """

    def problem(self, visit: Visit, status: int, body: bytes) -> str:
        """What is wrong with an answer.

        Returns:
            A few words such as ``status 503``, or an empty string when the answer is right. Status 200 alone proves
            nothing: the placeholder's page is a 200 too.
        """

    def counters(self, read: ReadTable) -> Mapping[str, int]:
        """The counters that visits add to.

        Args:
            read: reads a table of the system.

        Returns:
            Value by the names in ``counts_as``.
        """


def wrong(document_is_right: Callable[[Any], bool], body: bytes) -> str:
    """What is wrong with the body of an answer whose status is right.

    Args:
        document_is_right: judges the parsed JSON; a KeyError, TypeError or ValueError of it means no.
        body: the answer's.

    Returns:
        ``wrong answer``, or an empty string.
    """
    try:
        right = document_is_right(json.loads(body))
    except (ValueError, KeyError, TypeError):
        right = False
    return "" if right else "wrong answer"


def arrivals(chance: random.Random, *, rate: float, mix: Mapping[str, int]) -> Iterator[tuple[float, str]]:
    """Arrivals of visitors who know nothing of each other: a Poisson process.

    Args:
        chance: source of all randomness.
        rate: arrivals a second, on average.
        mix: weight of each kind of visit.

    Returns:
        Without end: seconds from the start of the load, rising, and the kind of visit.
    """
    kinds, weights = list(mix), list(mix.values())
    due_seconds = 0.0
    while True:
        due_seconds += chance.expovariate(rate)
        yield due_seconds, chance.choices(kinds, weights)[0]
