"""One container of a task: its definition, the API's record of it, its process and its health."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embedded.ecs import dependencies, health_check
from embedded.ecs.command import Command
from embedded.ecs.dependencies import Standing
from embedded.ecs.health_check import HealthCheck, HealthRecord
from embedded.ecs.process import ContainerProcess

_DEFAULT_STOP_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All that is needed to start a container: ``check`` is the command of its health check, if it has one."""

    command: Command
    directory: Path
    on_line: Callable[[str], None]
    check: Command | None


class Container:
    """One container; ``definition`` is of the task definition, ``record`` of DescribeTasks (moto's).

    ``moved`` is called whenever it started, ended, or is found healthy or not.
    """

    def __init__(self, definition: Mapping[str, Any], record: Any, *, moved: Callable[[], None]) -> None:
        self.definition = definition
        self.record = record
        self.prepared: Prepared | None = None
        self.process: ContainerProcess | None = None
        self.exit_code: int | None = None
        self.exposed: tuple[str, ...] = ()
        self.port: int | None = None
        self._moved = moved
        self._health = HealthRecord(check=HealthCheck.of(definition.get("healthCheck") or {}))
        self._watchers: list[asyncio.Task[None]] = []
        self._ended: asyncio.Task[int] | None = None

    @property
    def name(self) -> str:
        """Its name in the task definition."""
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        """Whether the task ends with it."""
        return bool(self.definition.get("essential", True))

    @property
    def has_check(self) -> bool:
        """Whether its health is known at all."""
        return bool(self.definition.get("healthCheck"))

    @property
    def needs(self) -> dict[str, str]:
        """What it waits for: condition by the name of the other container."""
        return dependencies.needs(self.definition)

    @property
    def start_timeout_seconds(self) -> float | None:
        """How long others wait for it; None: for ever."""
        seconds = self.definition.get("startTimeout")
        return None if seconds is None else float(seconds)

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        return Standing(started=self.process is not None, exit_code=self.exit_code, health=self._health.status)

    @property
    def running(self) -> bool:
        """Whether it has started and not ended."""
        return self.process is not None and self.exit_code is None

    async def begin(self, process: ContainerProcess, *, exposure: Callable[[int], Awaitable[tuple[str, ...]]]) -> None:
        """Take the process that was started for it, and watch it."""
        self.process = process
        self._ended = asyncio.create_task(self._wait(process))
        self._watchers = [asyncio.create_task(self._watch_exposure(process.pid, exposure))]
        if self.prepared and self.prepared.check:
            self._watchers.append(asyncio.create_task(self._watch_health(self.prepared, self.prepared.check)))
        self._moved()

    async def stop(self, *, at_once: bool) -> None:
        """End it: SIGTERM, and SIGKILL after its stop timeout, or at once."""
        if self.process is None or self._ended is None:
            return
        timeout = self.definition.get("stopTimeout", _DEFAULT_STOP_TIMEOUT_SECONDS)
        if not self.process.ended:
            await self.process.stop(timeout_seconds=0 if at_once else float(timeout))
        await asyncio.shield(self._ended)

    def leave(self) -> None:
        """Watch it no longer."""
        for watcher in self._watchers:
            watcher.cancel()

    async def _wait(self, process: ContainerProcess) -> int:
        self.exit_code = await process.wait()
        self.leave()
        self._moved()
        return self.exit_code

    async def _watch_exposure(self, pid: int, exposure: Callable[[int], Awaitable[tuple[str, ...]]]) -> None:
        self.exposed = await exposure(pid)
        self._moved()

    async def _watch_health(self, prepared: Prepared, command: Command) -> None:
        check = self._health.check

        async def probe() -> bool:
            return await health_check.run_once(command, prepared.directory, timeout_seconds=check.timeout_seconds)

        await health_check.watch(self._health, probe, changed=self._moved)
