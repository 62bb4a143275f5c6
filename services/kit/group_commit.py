"""Group commit: for each name at most one group is being committed, and what comes meanwhile is the next one.

Changes of one name all touch one item, so committing them side by side would only make them conflict; together they
cost one transaction.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

log = logging.getLogger(__name__)

R = TypeVar("R")
"""What becomes of a key; None where there is nothing to tell."""

Settle = Callable[[Collection[str], R | Exception], None]
Commit = Callable[[str, Sequence[str], Settle[R]], Awaitable[None]]
"""Commits the keys under a name and reports each through Settle: with what became of it, or the reason why not."""

_LOOKS: Final = 8
"""The timer runs this often within ``wait_seconds``, and gives up the keys whose time is over."""

_LATE: Final = (
    "The change could not be confirmed in time; it may or may not be stored. Try again with the same Idempotency-Key, "
    "then it counts once."
)


@dataclass(frozen=True, kw_only=True)
class GroupLimits:
    """Attributes:
    most_in_group: keys in one commit.
    most_characters: length of all keys in one commit together; one longer key is committed alone.
    most_waiting: keys under one name that may wait; more are refused at once.
    wait_seconds: how long one key may wait for its answer; up to an eighth more, as one timer looks after all.
    """

    most_in_group: int
    most_characters: int = 1 << 20
    most_waiting: int = 4096
    wait_seconds: float = 4.0


@dataclass(kw_only=True)
class _Entry(Generic[R]):
    """One key on its way.

    Attributes:
        came: when it came, loop time in seconds.
        arrival: the same number for keys that came together.
        waiters: everybody who waits for its answer.
    """

    came: float
    arrival: int
    waiters: list[asyncio.Future[R]] = field(default_factory=list)

    def settle(self, result: R | Exception) -> None:
        """Answer whoever still waits."""
        for waiter in self.waiters:
            if waiter.done():
                continue
            if isinstance(result, Exception):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)


@dataclass(kw_only=True)
class _Lane(Generic[R]):
    """One name: its keys that wait, in the order they came, and those being committed."""

    name: str
    waiting: dict[str, _Entry[R]] = field(default_factory=dict)
    committing: dict[str, _Entry[R]] = field(default_factory=dict)

    def next_group(self, limits: GroupLimits) -> list[str]:
        """The keys that have waited longest, as many as fit. Keys that came together stay together.

        Returns:
            At least one key, if any waits.
        """
        group: list[str] = []
        characters = 0
        for _, items in itertools.groupby(self.waiting.items(), key=lambda item: item[1].arrival):
            together = [key for key, _ in items]
            characters += sum(map(len, together))
            too_many = len(group) + len(together) > limits.most_in_group or characters > limits.most_characters
            if group and too_many:
                break
            group += together
        return group

    def settle(self, keys: Collection[str], result: R | Exception) -> None:
        """Answer whoever waits for these keys of the group being committed."""
        for key in keys:
            entry = self.committing.pop(key, None)
            if entry is not None:
                entry.settle(result)

    def expire(self, why: Exception, *, came_before: float) -> None:
        """Answer whoever has waited for too long. What was not sent yet is not sent any more; nobody needs it."""
        for entries in (self.waiting, self.committing):
            for key, entry in [(key, entry) for key, entry in entries.items() if entry.came < came_before]:
                entry.settle(why)
                if entries is self.waiting:
                    del entries[key]


class GroupCommit(Generic[R]):
    """Collects keys by name and hands them to ``commit`` in groups.

    ``unavailable`` makes the error of a key that was not committed, or is not known to be, from what is to be said.
    """

    def __init__(self, *, commit: Commit[R], limits: GroupLimits, unavailable: Callable[[str], Exception]) -> None:
        self._commit = commit
        self._unavailable = unavailable
        self._limits = limits
        self._lanes: dict[str, _Lane[R]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._arrivals = itertools.count()

    async def add(self, name: str, key: str) -> R:
        """Commit one key.

        A key that is on its way already is not sent twice: both callers get its answer. A caller that is cancelled
        takes nothing back.

        Returns:
            What became of it, once it is committed.

        Raises:
            Exception: ``unavailable`` when it is not stored, or not known to be within ``wait_seconds``; else whatever
                ``commit`` reported for this key.
        """
        return await self._accept(name, key, next(self._arrivals))

    async def add_all(self, name: str, keys: Collection[str]) -> None:
        """Return when all of these different keys are committed; they are committed as one group.

        Raises:
            ValueError: they are more than one group takes.
            Exception: as ``add``, when that is so for any of them; the others may be committed all the same.
        """
        if len(keys) > self._limits.most_in_group:
            raise ValueError(f"{len(keys)} keys came together; a group takes {self._limits.most_in_group}.")
        arrival = next(self._arrivals)
        waiters = [asyncio.ensure_future(self._accept(name, key, arrival)) for key in keys]
        await asyncio.wait(waiters)
        problems = [problem for waiter in waiters if (problem := waiter.exception()) is not None]
        if problems:
            raise problems[0]

    async def drain(self) -> None:
        """Wait until everything that was added is settled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, name: str, key: str, arrival: int) -> R:
        loop = asyncio.get_running_loop()
        lane = self._lanes.get(name) or self._open_lane(name)
        entry = lane.committing.get(key) or lane.waiting.get(key)
        if entry is None:
            if len(lane.waiting) >= self._limits.most_waiting:
                raise self._unavailable("Too many changes like this one are waiting; it was not stored.")
            entry = lane.waiting[key] = _Entry(came=loop.time(), arrival=arrival)
        waiter: asyncio.Future[R] = loop.create_future()
        entry.waiters.append(waiter)
        return await waiter

    def _open_lane(self, name: str) -> _Lane[R]:
        lane: _Lane[R] = _Lane(name=name)
        self._lanes[name] = lane
        # A context of its own: what it logs belongs to no single request.
        task = asyncio.get_running_loop().create_task(self._run(lane), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._watch(lane)
        return lane

    def _watch(self, lane: _Lane[R]) -> None:
        """Look for keys that wait too long, as long as the lane is open: one timer for all instead of one for each."""
        if self._lanes.get(lane.name) is not lane:
            return
        loop, seconds = asyncio.get_running_loop(), self._limits.wait_seconds
        lane.expire(self._unavailable(_LATE), came_before=loop.time() - seconds)
        loop.call_later(seconds / _LOOKS, self._watch, lane)

    async def _run(self, lane: _Lane[R]) -> None:
        try:
            while lane.waiting:
                await self._commit_group(lane)
        finally:
            del self._lanes[lane.name]

    async def _commit_group(self, lane: _Lane[R]) -> None:
        keys = lane.next_group(self._limits)
        lane.committing = {key: lane.waiting.pop(key) for key in keys}
        try:
            await self._commit(lane.name, keys, lane.settle)
        except Exception as error:
            log.exception("A group could not be committed.")
            lane.settle(list(lane.committing), error)
        lane.settle(list(lane.committing), self._unavailable("The change was not answered for; try again."))
