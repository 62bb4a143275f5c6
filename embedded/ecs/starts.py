"""How many containers of this machine start at a time, and with what: starting takes a processor, which others miss.

Those that serve come first. On AWS every task has processors of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final

from embedded import session_priority

LONGEST_SECONDS: Final = 3.0
"""A container that does not listen by then is not waited for by the next one."""

_POLL_SECONDS: Final = 0.1
_NICE: Final = 10
"""Of a container that starts: it gets a tenth of what one that serves gets, or all that those leave."""


def half_of_the_processors() -> int:
    """How many containers may start at a time, at least one."""
    return max(1, (os.cpu_count() or 1) // 2)


async def listens(port: int) -> bool:
    """Whether somebody takes connections at a port of loopback."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


class Starts:
    """Turns to start, ``at_once`` of them at a time; whoever waits longest is next."""

    def __init__(self, at_once: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._clock = clock
        self._given: set[asyncio.Task[None]] = set()

    async def take(self) -> None:
        """Wait for a turn, which ``give_back`` ends."""
        await self._turns.acquire()

    def give_back(self, is_over: Callable[[], Awaitable[bool]], *, pid: int | None = None) -> None:
        """Let the next one start when ``is_over`` says so, or after ``LONGEST_SECONDS``; returns at once.

        Until then process ``pid``, which leads a session, gets what those that serve leave.
        """
        waiting = asyncio.create_task(self._give_back(is_over, pid))
        self._given.add(waiting)
        waiting.add_done_callback(self._given.discard)

    async def _give_back(self, is_over: Callable[[], Awaitable[bool]], pid: int | None) -> None:
        deadline = self._clock() + LONGEST_SECONDS
        if pid is not None:
            session_priority.set_niceness(pid, _NICE)
        try:
            while self._clock() < deadline and not await is_over():  # noqa: ASYNC110 - nobody tells of a port
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            self._turns.release()
        while pid is not None and session_priority.niceness(pid):
            if not session_priority.set_niceness(pid, 0):
                await asyncio.sleep(_POLL_SECONDS)
