"""Asking both sides, and asking again before a difference is believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from cli.comparing.exchange import Answer, Request
from cli.comparing.fields import Difference, Path, believed, differences
from cli.comparing.selection import Asked
from cli.events import SentWrite
from systems.rules import Side

ROUNDS: Final = 3
"""A difference that is not there in each of them is none."""
PAUSE_SECONDS: Final = 0.5
WORKERS: Final = 4
"""Requests under way at a time: the old side has visitors."""
LIMIT_SECONDS: Final = 60.0
"""What is not asked by then is left out."""


class Ask(Protocol):
    """Sends a request to a side; whatever happens, there is an answer. ``key`` is for writes, else empty."""

    def __call__(self, request: Request, side: Side, /, *, key: str) -> Answer:
        """Called from several threads."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one request.

    Attributes:
        asked: the request.
        key: by which the system knows a repetition of it; empty for a read.
        old: the old side's last answer.
        acknowledged: whether some side said that it is done.
        differences: those in every round, without what moves at the old side by itself.
        moves: fields that the old side answers differently when it is asked again.
        unsteady: whether there was a difference in some round, and none in all of them.
        ignored: how many fields differ and may.
    """

    asked: Asked
    key: str = ""
    old: Answer
    acknowledged: bool = False
    differences: tuple[Difference, ...] = ()
    moves: tuple[Path, ...] = ()
    unsteady: bool = False
    ignored: int = 0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came of all requests.

    Attributes:
        outcomes: of those that were asked.
        unsent: writes that were left out, since the system has no header by which it would know a repetition.
        late: requests that were left out for time.
    """

    outcomes: tuple[Outcome, ...]
    unsent: tuple[Asked, ...] = ()
    late: tuple[Asked, ...] = ()

    @property
    def different(self) -> tuple[Outcome, ...]:
        """Those with differences."""
        return tuple(one for one in self.outcomes if one.differences)

    @property
    def writes(self) -> list[SentWrite]:
        """What was sent that changes something."""
        return [
            SentWrite(
                key=one.key,
                method=one.asked.request.method,
                path=one.asked.request.path,
                body=one.asked.request.body.decode(),
                acknowledged=one.acknowledged,
            )
            for one in self.outcomes
            if one.key
        ]


class Comparer:
    """Asks old, new and old again, in rounds.

    Args:
        ask: sends one request.
        key_of: key of a write; None where the system would count it twice.
        may_differ: whether a field may differ.
        clock, sleep: seconds.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        key_of: Callable[[Request], str] | None,
        may_differ: Callable[[Path], bool],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ask = ask
        self._key_of = key_of
        self._may_differ = may_differ
        self._clock = clock
        self._sleep = sleep

    def compare(self, asked: Iterable[Asked], *, done: Callable[[int], None] = lambda _: None) -> Comparison:
        """Ask all of them, several at a time.

        ``done`` is told how many are done, each time that one more is.
        """
        chosen = list(asked)
        unsent = [one for one in chosen if not one.request.is_read and self._key_of is None]
        sent = [one for one in chosen if one not in unsent]
        until = self._clock() + LIMIT_SECONDS
        outcomes: list[Outcome] = []
        late: list[Asked] = []
        pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="compare")
        try:
            for one, outcome in zip(sent, pool.map(lambda one: self._one(one, until), sent), strict=True):
                if outcome is None:
                    late.append(one)
                else:
                    outcomes.append(outcome)
                done(len(outcomes))
        finally:
            pool.shutdown(cancel_futures=True)
        return Comparison(outcomes=tuple(outcomes), unsent=tuple(unsent), late=tuple(late))

    def _one(self, asked: Asked, until: float) -> Outcome | None:
        if self._clock() >= until:
            return None
        request = asked.request
        key = "" if request.is_read or self._key_of is None else self._key_of(request)
        rounds: list[_Round] = []
        while len(rounds) < ROUNDS and (not rounds or rounds[-1].differences):
            if rounds:
                self._sleep(PAUSE_SECONDS)
            rounds.append(self._round(request, key))
        moves = dict.fromkeys(path for one in rounds for path in one.moves)
        lasting = _in_all(rounds) if len(rounds) == ROUNDS else ()
        return Outcome(
            asked=asked,
            key=key,
            old=rounds[-1].old,
            acknowledged=any(one.acknowledged for one in rounds),
            differences=lasting,
            moves=tuple(moves),
            unsteady=bool(rounds[0].differences) and not lasting,
            ignored=max(one.ignored for one in rounds),
        )

    def _round(self, request: Request, key: str) -> _Round:
        """The old side first: what a write does is done there, and the new side is told that it is done."""
        sides: tuple[Side, ...] = ("old", "new", "old")
        first, new, again = (self._ask(request, side, key=key) for side in sides)
        moved = differences(first, again)
        found = believed(moved, differences(again, new))
        wanted = [one for one in found if not self._may_differ(one.path)]
        return _Round(
            old=again,
            acknowledged=any(one.acknowledges for one in (first, new, again)),
            differences=tuple(wanted),
            moves=tuple(one.path for one in moved),
            ignored=len(found) - len(wanted),
        )


@dataclass(frozen=True, kw_only=True)
class _Round:
    old: Answer
    acknowledged: bool
    differences: tuple[Difference, ...]
    moves: tuple[Path, ...]
    ignored: int


def _in_all(rounds: Sequence[_Round]) -> tuple[Difference, ...]:
    """The last round's differences in fields that differ in every round."""
    everywhere = set.intersection(*({_subject(one.path) for one in each.differences} for each in rounds))
    return tuple(one for one in rounds[-1].differences if _subject(one.path) in everywhere)


def _subject(path: Path) -> Path:
    """The field; a wrong status now and no answer then are one subject."""
    return ("status",) if path == ("answer",) else path
