"""Keeps the loops of the embedded AWS running: one that fails is logged, started again after a pause, and counted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
HEALTHY_SECONDS: Final = 60.0
"""A loop that ran this long without a failure starts again with the first pause."""

Loop = Callable[[], Awaitable[object]]
"""Runs until it is cancelled. It may be started again after it failed, so it must not end what it looks after."""


@dataclass(frozen=True, kw_only=True)
class LoopHealth:
    """How one loop is doing.

    Attributes:
        name: what it looks after.
        restarts: how often it failed and was started again.
        last_error: class and text of its last failure in one line, empty when it never failed.
    """

    name: str
    restarts: int = 0
    last_error: str = ""


class Supervisor:
    """Runs loops as tasks of the present event loop.

    Args:
        clock: monotonic seconds.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._health: dict[str, LoopHealth] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stops = False

    def start(self, name: str, loop: Loop) -> None:
        """Run ``loop`` until ``stop``."""
        self._health[name] = LoopHealth(name=name)
        self._tasks[name] = asyncio.create_task(self._keep_running(name, loop), name=name)

    def health(self) -> tuple[LoopHealth, ...]:
        """Every loop's health, in the order of their start."""
        return tuple(self._health.values())

    async def stop(self) -> None:
        """Cancel every loop, in the order of their start, and wait for each; what one fails with then is logged."""
        self._stops = True
        for task in self._tasks.values():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_running(self, name: str, loop: Loop) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = self._clock()
            try:
                await loop()
                if self._stops:
                    return  # it was cancelled, and ended as if it had done its work
                error: Exception = RuntimeError("the loop returned although it should run until it is cancelled")
                log.error("loop %s returned; starting it again", name)
            except Exception as failure:  # whatever it is, the other loops go on
                if self._stops:
                    log.exception("loop %s failed at its end", name)
                    return
                error = failure
                log.exception("loop %s failed; starting it again", name)
            before = self._health[name]
            self._health[name] = LoopHealth(name=name, restarts=before.restarts + 1, last_error=one_line(error))
            if self._clock() - started >= HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def one_line(error: BaseException) -> str:
    """Class and text of ``error`` without line breaks."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
