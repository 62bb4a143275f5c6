"""Keeps the control plane on disk: a call that changes it is answered when a killed process cannot lose the change."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar
from xml.sax.saxutils import escape

from embedded.control_plane import records
from embedded.control_plane.calls import is_change
from embedded.control_plane.log_events import LogEvents
from embedded.control_plane.records import Volatile
from embedded.control_plane.stamped_file import Stamped, StampedFile, UnusableFile
from embedded.faults import WsgiApp

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 1.0
"""How long what the engines changed by themselves may wait, as a restart would find it out anew."""

VOLATILE_SECONDS: Final = 5.0
"""How long log events and data points may wait."""

_ANSWER_SECONDS: Final = 20.0
"""How long a call waits for its change to be kept."""

_LATE: Final = "The control plane could not be kept in time, as this machine is too busy."
_NOT_MADE: Final = "Nothing was changed; try again."
_MADE: Final = (
    "This change was made all the same and will be kept as soon as that is possible; look at what is there before you "
    "repeat the call."
)

_TRIES: Final = 5
"""Calls that only read make records here and there, which disturbs who looks at them at that moment."""

T = TypeVar("T")


class ControlPlaneKeeper:
    """Files in ``state_dir``: control-plane.snapshot, log-events.sqlite3, and control-plane.volatile for data points.

    Attributes:
        id: of this control plane; a fresh start makes a new one.
        lost: why an earlier control plane could not be read, as a sentence; empty when there was none or it was.
    """

    def __init__(self, state_dir: Path) -> None:
        self._snapshot = StampedFile(state_dir / "control-plane.snapshot")
        self._volatile = StampedFile(state_dir / "control-plane.volatile")
        self._log_events = LogEvents(state_dir / "log-events.sqlite3")
        self.id = secrets.token_hex(8)
        self.lost = ""
        self._trouble = ""
        self._late = False
        self._left_out: dict[str, str] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="control-plane")
        self._calls = threading.Lock()
        self._kept = threading.Condition()
        self._wanted = self._done = self._failed = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hurry = asyncio.Event()
        self._touched = False
        self._synced = True
        self._volatile_mark: object = None
        self._volatile_at = 0.0

    def restore(self) -> bool:
        """Put what is on disk into moto, before anybody uses its records.

        Returns:
            Whether there was something.
        """
        if not self._restore():
            with contextlib.suppress(OSError):
                self._log_events.drop()
            return False
        try:
            self._log_events.put_back()
        except OSError as problem:
            log.warning("log events cannot be read, and begin anew: %s", problem)
        with contextlib.suppress(Exception):
            volatile = self._volatile.read()
            if volatile is not None:
                Volatile.decode(volatile.content).put_back()
        return True

    def _restore(self) -> bool:
        try:
            found = self._snapshot.read()
            if found is None:
                return False
            records.decode(found.content)
        except Exception as problem:  # pickles of records that changed raise anything
            why = str(problem) if isinstance(problem, UnusableFile) else f"cannot be read ({problem!r})"
            self.lost = f"{self._snapshot.path.name} {why}, so the embedded AWS starts afresh"
            log.error("%s", self.lost)
            return False
        self.id = str(found.labels["id"])
        return True

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of, one line each."""
        left_out = [
            f"What was made in {service} ends with this start of the embedded AWS: it cannot be kept ({why})."
            for service, why in self._left_out.items()
        ]
        return tuple(line for line in (self._trouble, self.lost, *left_out) if line)

    def touch(self) -> None:
        """Note that an engine changed a record; it is kept soon."""
        self._touched = True

    async def run(self) -> None:
        """Keep what changes until cancelled. Engines change records in this event loop only."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), QUIET_SECONDS)
                if self._hurry.is_set():
                    self._hurry.clear()
                    await self._keep()
                else:
                    await self._look_after_the_rest()
        finally:
            self._loop = None

    async def _look_after_the_rest(self) -> None:
        """What nobody waits for."""
        if self._touched or self._trouble or not self._snapshot.path.exists():
            await self._keep()
        elif not self._synced:
            self._synced = True
            with contextlib.suppress(OSError):
                await self._in_thread(self._snapshot.sync)
        if time.monotonic() - self._volatile_at >= VOLATILE_SECONDS:
            await self._keep_volatile()

    async def close(self) -> None:
        """Keep everything for the last time; ``run`` has ended."""
        await self._keep()
        await self._keep_volatile()
        self._thread.shutdown()

    def around(self, app: WsgiApp) -> WsgiApp:
        """``app``, whose calls that change something are answered when the change is kept."""

        def keeping(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if not is_change(environ):
                return app(environ, start_response)
            # Before anything is changed that cannot be kept either.
            if (self._trouble or self._late) and not self._is_kept(self._want()):
                return _refuse(environ, start_response, self._trouble or f"{_LATE} {_NOT_MADE}")
            answer: list[Any] = []
            with self._calls:
                body = b"".join(app(environ, lambda *head: answer.append(head)))
                mine = self._want()
            if not self._is_kept(mine):
                return _refuse(environ, start_response, f"{self._trouble or _LATE} {_MADE}")
            start_response(*answer[-1])
            return [body]

        return keeping

    def _want(self) -> int:
        """The number of a change that was just made."""
        with self._kept:
            self._wanted += 1
            return self._wanted

    def _is_kept(self, mine: int) -> bool:
        """Wait until that change is kept.

        Returns:
            Whether it is; False as well when it took too long.
        """
        with self._kept:
            loop = self._loop
            if loop is None:
                return False
            loop.call_soon_threadsafe(self._hurry.set)
            told = self._kept.wait_for(lambda: self._done >= mine or self._failed >= mine, _ANSWER_SECONDS)
            self._late = not told
            return self._done >= mine

    async def _keep(self) -> None:
        await self._in_thread(self._calls.acquire)
        try:
            wanted, self._touched = self._wanted, False
            content = self._encode()
        except Exception as problem:  # whatever a record's class raises
            log.exception("the control plane cannot be kept")
            self._settle(wanted, f"{type(problem).__name__}: {problem}")
            return
        finally:
            self._calls.release()
        try:
            await self._in_thread(self._snapshot.write, Stamped(labels={"id": self.id}, content=content))
        except OSError as problem:
            self._settle(wanted, str(problem))
            return
        self._settle(wanted, "")
        self._synced = False

    def _encode(self) -> bytes:
        for turn in range(_TRIES):
            try:
                return records.encode(leave_out=frozenset(self._left_out))
            except RuntimeError:
                if turn == _TRIES - 1:
                    raise
            except Exception:  # whatever a record's class raises
                more = records.unkeepable().items() - self._left_out.items()
                if not more:
                    raise
                log.exception("records cannot be kept: %s", dict(more))
                self._left_out.update(more)
        raise RuntimeError("the records change all the time")

    def _settle(self, wanted: int, problem: str) -> None:
        """Tell calls that wait how it went."""
        if problem and not self._trouble:
            log.error("the control plane cannot be kept in %s: %s", self._snapshot.path, problem)
        self._trouble = problem and (
            f"The control plane cannot be kept in {self._snapshot.path} ({problem}). Calls that change it are refused; "
            "free space on its disk or make its folder writable, then they go on."
        )
        with self._kept:
            if problem:
                self._failed = wanted
            else:
                self._done = wanted
            self._kept.notify_all()

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """In a thread of its own: those of the event loop may all be waiting for this."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _keep_volatile(self) -> None:
        self._volatile_at = time.monotonic()
        news, volatile = self._log_events.news(), Volatile.now()
        try:
            if news is not None:
                await self._in_thread(self._log_events.keep, news)
            if volatile.mark != self._volatile_mark:
                content = await self._in_thread(volatile.encode)
                await self._in_thread(self._volatile.write, Stamped(labels={}, content=content))
                self._volatile_mark = volatile.mark
        except OSError as problem:
            log.warning("log events and data points cannot be kept: %s", problem)


def _refuse(environ: dict[str, Any], start_response: Callable[..., Any], why: str) -> Iterable[bytes]:
    """AWS's answer when it could not do what it was asked for reasons of its own, in the words of the call's API."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        body, media_type = json.dumps({"__type": "InternalFailure", "message": why}), "application/x-amz-json-1.1"
    else:
        error = f"<Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>{escape(why)}</Message></Error>"
        body, media_type = f"<ErrorResponse>{error}</ErrorResponse>", "text/xml"
    content = body.encode()
    head = [("Content-Type", media_type), ("Content-Length", str(len(content)))]
    start_response("500 Internal Server Error", head)
    return [content]
