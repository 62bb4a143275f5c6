"""Concurrent identical reads share one database call, and nobody is shown anything older than its own request.

A read that arrives while a call is under way must not take that call's answer: the call may have read before a change
that this reader knows to be done. It takes the next call, together with all others that arrive until that one begins.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 0.25
"""A call that takes longer no longer holds up the next one; it may be stuck."""


@dataclass(kw_only=True)
class _Line:
    """Calls for one thing: the one that has begun last, and the one that has not begun yet."""

    begun: asyncio.Task[Any] | None = None
    next: asyncio.Task[Any] | None = None


class SharedReads:
    """Calls by key; ``read`` joins one that has not begun or lines up a new one."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}

    async def read(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of ``call``, which begins after this read arrived; ``key`` says what it reads.

        A reader that is cancelled does not disturb the others. All readers get the same object, or the same exception.
        """
        line = self._lines.setdefault(key, _Line())
        if line.next is None:
            # A context of its own: what it logs belongs to no single request.
            begin = self._begin(key, line, call)
            line.next = asyncio.get_running_loop().create_task(begin, context=contextvars.Context())
            line.next.add_done_callback(_seen)
        answer: T = await asyncio.shield(line.next)
        return answer

    async def _begin(self, key: Hashable, line: _Line, call: Callable[[], Awaitable[T]]) -> T:
        if line.begun is not None:
            await asyncio.wait([line.begun], timeout=_PATIENCE_SECONDS)
        own, line.next = line.next, None
        line.begun = own
        try:
            return await call()
        finally:
            if line.begun is own:
                line.begun = None
                if line.next is None:
                    del self._lines[key]


def _seen(task: asyncio.Task[Any]) -> None:
    """Read the exception of a call whose readers may all be gone, or asyncio logs that nobody did."""
    if not task.cancelled():
        task.exception()
