"""Group commit: for each name at most one group is being committed, and what comes meanwhile makes up the next one.

Changes of one name all touch one item, so committing them side by side would only make them conflict; together they
cost one transaction.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Generic, TypeVar

log = logging.getLogger(__name__)

R = TypeVar("R")
"""What becomes of a key; None where there is nothing to tell."""

Settle = Callable[[Collection[str], R | Exception], None]
Commit = Callable[[str, Sequence[str], Settle[R]], Awaitable[None]]
"""Commits the keys under a name and reports each through Settle: with what became of it, or the reason why not."""

_CROWD: Final = 4
"""Below this many at once a group does not wait for company: it would cost time and save little."""

_SHARE: Final = 0.8
"""Part of the crowd that is waited for. All of it would leave the processor idle while a group is committed; without
waiting, groups of one and of all the others alternate."""

_TWO_GROUPS: Final = 64
"""From this crowd on, half of it is a large group by itself: one half is committed while the other is being answered.
A smaller crowd stays together, which costs the database half as many calls."""

_REMEMBERED: Final = 0.9
"""Part of the last crowd that is still believed in: those who are just reading their answers cannot be seen."""

_LOOKS: Final = 8
"""How often within its time to wait a key is looked at."""


@dataclass(frozen=True, kw_only=True)
class GroupLimits:
    """Attributes:
    most_in_group: keys in one commit.
    most_characters: length of all keys in one commit together.
    most_waiting: keys under one name that may wait; more are refused at once.
    wait_seconds: how long one key may wait for its answer; up to an eighth more, as one timer looks after all.
    company_seconds: how long a group waits for company at most, after a commit in a crowd,
    company_share: and how long as a share of what that commit took, so that waiting never costs more than it saves.
    """

    most_in_group: int
    most_characters: int = 1 << 20
    most_waiting: int = 4096
    wait_seconds: float = 4.0
    company_seconds: float = 0.02
    company_share: float = 0.5


@dataclass(kw_only=True)
class _Entry(Generic[R]):
    """One key on its way, when it came (loop time, seconds), and everybody who waits for its answer."""

    came: float
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
    """One name: its keys that wait, those being committed, and the task that commits as long as there are any."""

    name: str
    waiting: dict[str, _Entry[R]] = field(default_factory=dict)
    committing: dict[str, _Entry[R]] = field(default_factory=dict)
    crowd: int = 0
    enough: int = 1
    most: int | None = None
    gathered: asyncio.Event = field(default_factory=asyncio.Event)

    def settle(self, keys: Collection[str], result: R | Exception) -> None:
        """Answer whoever waits for these keys of the group being committed.

        A turn of the loop later: the next group then goes to the database first, which works on it while this process
        writes the answers.
        """
        settled = [entry for key in keys if (entry := self.committing.pop(key, None)) is not None]
        if settled:
            asyncio.get_running_loop().call_soon(_answer, settled, result)

    def expire(self, why: Exception, *, came_before: float) -> None:
        """Answer whoever has waited for too long. What was not sent yet is not sent any more; nobody needs it."""
        for entries in (self.waiting, self.committing):
            for key, entry in [(key, entry) for key, entry in entries.items() if entry.came < came_before]:
                entry.settle(why)
                if entries is self.waiting:
                    del entries[key]


def _answer(entries: Collection[_Entry[R]], result: R | Exception) -> None:
    for entry in entries:
        entry.settle(result)


_LATE: Final = (
    "The change could not be confirmed in time; it may or may not be stored. Try again with the same Idempotency-Key, "
    "then it counts once."
)


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

    async def add(self, name: str, key: str) -> R:
        """Return when the key is committed, with what became of it.

        A key that is on its way already is not sent twice: both callers get its answer. A caller that is cancelled
        takes nothing back.

        Raises:
            Exception: ``unavailable`` when it is not stored, or not known to be within ``wait_seconds``; else whatever
                ``commit`` reported for this key.
        """
        loop = asyncio.get_running_loop()
        lane = self._lanes.get(name) or self._open_lane(name)
        entry = lane.committing.get(key) or lane.waiting.get(key)
        if entry is None:
            if len(lane.waiting) >= self._limits.most_waiting:
                raise self._unavailable("Too many changes like this one are waiting; it was not stored.")
            entry = lane.waiting[key] = _Entry(came=loop.time())
            if len(lane.waiting) >= lane.enough:
                lane.gathered.set()
        waiter: asyncio.Future[R] = loop.create_future()
        entry.waiters.append(waiter)
        return await waiter

    async def add_all(self, name: str, keys: Collection[str]) -> None:
        """Return when all of these different keys are committed.

        Raises:
            Exception: as ``add``, when that is so for any of them; the others may be committed all the same.
        """
        waiters = [asyncio.ensure_future(self.add(name, key)) for key in keys]
        await asyncio.wait(waiters)
        problems = [problem for waiter in waiters if (problem := waiter.exception()) is not None]
        if problems:
            raise problems[0]

    async def drain(self) -> None:
        """Wait until everything that was added is settled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

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
        keys = self._next_group(lane)
        lane.committing = {key: lane.waiting.pop(key) for key in keys}
        began = time.monotonic()
        try:
            await self._commit(lane.name, keys, lane.settle)
        except Exception as error:
            log.exception("A group could not be committed.")
            lane.settle(list(lane.committing), error)
        lane.settle(list(lane.committing), self._unavailable("The change was not answered for; try again."))
        took_seconds = time.monotonic() - began
        lane.crowd = max(len(keys) + len(lane.waiting), math.floor(lane.crowd * _REMEMBERED))
        await self._gather(lane, commit_seconds=took_seconds)

    def _next_group(self, lane: _Lane[R]) -> list[str]:
        """The keys that have waited longest, as many as fit; at least one."""
        keys: list[str] = []
        characters = 0
        for key in islice(lane.waiting, lane.most or self._limits.most_in_group):
            characters += len(key)
            if keys and characters > self._limits.most_characters:
                break
            keys.append(key)
        return keys

    async def _gather(self, lane: _Lane[R], *, commit_seconds: float) -> None:
        """After a commit in a crowd, give those just answered a moment to come back."""
        crowd = lane.crowd
        in_halves = crowd >= _TWO_GROUPS
        lane.enough = min(math.ceil(crowd * (0.5 if in_halves else _SHARE)), self._limits.most_in_group)
        lane.most = lane.enough if in_halves else None
        if crowd < _CROWD or len(lane.waiting) >= lane.enough:
            return
        lane.gathered.clear()
        try:
            async with asyncio.timeout(min(self._limits.company_seconds, self._limits.company_share * commit_seconds)):
                await lane.gathered.wait()
        except TimeoutError:
            return
