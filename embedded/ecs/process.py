"""One container as a process of this machine: start, log lines, end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from embedded.tether import tethered

_LINE_LIMIT_BYTES: Final = 256 * 1024
"""CloudWatch Logs takes 256 KiB an event."""


class ContainerProcess:
    """A started process in a group of its own; it dies with this one, and ``on_line`` gets each line it prints."""

    def __init__(self, process: asyncio.subprocess.Process, on_line: Callable[[str], None]) -> None:
        self._process = process
        self._pump = asyncio.create_task(self._read(on_line))

    @classmethod
    async def start(
        cls,
        *,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> ContainerProcess:
        """Start ``command`` with exactly ``environment``.

        Raises:
            OSError: the program cannot be started.
        """
        process = await asyncio.create_subprocess_exec(
            *tethered(command),
            cwd=directory,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_LIMIT_BYTES,
            start_new_session=True,
        )
        return cls(process, on_line)

    @property
    def pid(self) -> int:
        """Process id, which is the process group's too."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """Exit code as a container reports it: 128 + n when signal n ended the process."""
        code = await self._process.wait()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({self._pump}, timeout=1)
        self._signal(signal.SIGKILL)  # whatever the process left in its group
        return code if code >= 0 else 128 - code

    async def stop(self, *, timeout_seconds: float) -> int:
        """Send SIGTERM, then SIGKILL after ``timeout_seconds``.

        Returns:
            The exit code, as ``wait`` gives it.
        """
        self._signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.wait(), timeout_seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self, on_line: Callable[[str], None]) -> None:
        stream = self._process.stdout
        if stream is None:
            raise RuntimeError("the process was started without a pipe")
        while True:
            try:
                line = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                line = end.partial
            except asyncio.LimitOverrunError as overrun:
                line = await stream.readexactly(overrun.consumed)
            if not line:
                return
            on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
