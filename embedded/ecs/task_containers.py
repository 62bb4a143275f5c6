"""The containers of one task together: started as they depend on each other, ended in the reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from embedded.ecs import dependencies
from embedded.ecs.container import Container
from embedded.ecs.dependencies import Health
from embedded.ecs.process import ContainerProcess

Launch = Callable[[Container], Awaitable[ContainerProcess]]
Exposure = Callable[[int], Awaitable[tuple[str, ...]]]


class DependencyFailed(Exception):
    """What a container waits for cannot come any more; the text is the stopped reason of the task."""


class TaskContainers:
    """All containers of a task. ``moved`` is called when one of them has."""

    def __init__(
        self, definitions: Sequence[Mapping[str, Any]], records: Iterable[Any], *, moved: Callable[[], None]
    ) -> None:
        self._moved = asyncio.Event()
        self._told = moved
        self._closed = False
        self.all = tuple(
            Container(definition, record, moved=self._move)
            for definition, record in zip(definitions, records, strict=True)
        )
        self._by_name = {container.name: container for container in self.all}

    @property
    def health(self) -> Health:
        """Of the task: that of its essential containers with a check, the worst of them."""
        found = {one.standing.health for one in self.all if one.essential and one.has_check}
        worst: tuple[Health, ...] = ("UNHEALTHY", "UNKNOWN", "HEALTHY")
        return next((health for health in worst if health in found), "UNKNOWN")

    @property
    def checked(self) -> bool:
        """Whether any essential container has a check."""
        return any(one.essential and one.has_check for one in self.all)

    @property
    def ended(self) -> Container | None:
        """An essential container that has ended, and the task with it."""
        return next((one for one in self.all if one.essential and one.exit_code is not None), None)

    @property
    def process_groups(self) -> tuple[int, ...]:
        """Of the containers that run."""
        return tuple(one.process.pid for one in self.all if one.process is not None and not one.process.ended)

    @property
    def exposed(self) -> tuple[str, ...]:
        """Where one of them listens beyond loopback."""
        return next((one.exposed for one in self.all if one.exposed), ())

    async def over(self) -> None:
        """Return when an essential one has ended, or one can be reached from outside."""
        while self.ended is None and not self.exposed:
            await self._moved.wait()

    async def start(self, launch: Launch, exposure: Exposure) -> None:
        """Start all, each when what it depends on is there; those for which ``close`` came first are left.

        Raises:
            DependencyFailed: one waits for what cannot come.
            Exception: whatever ``launch`` raises.
        """
        starts = [asyncio.create_task(self._start_one(one, launch, exposure)) for one in self.all]
        problems = await asyncio.gather(*starts, return_exceptions=True)
        for problem in problems:
            if isinstance(problem, BaseException):
                raise problem

    def close(self) -> None:
        """Let nothing more start."""
        self._closed = True
        self._move()

    async def stop(self, *, at_once: bool = False) -> None:
        """End all that run, first those on which no other depends."""
        self.close()
        while running := [one.name for one in self.all if one.running]:
            names = dependencies.next_to_stop([one.definition for one in self.all], running) or tuple(running)
            await asyncio.gather(*(self._by_name[name].stop(at_once=at_once) for name in names))
        for one in self.all:
            one.leave()

    def _move(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        self._told()

    async def _start_one(self, container: Container, launch: Launch, exposure: Exposure) -> None:
        try:
            for name, condition in container.needs.items():
                needed = self._by_name[name]
                await asyncio.wait_for(self._come(container, needed, condition), needed.start_timeout_seconds)
            if not self._closed:
                await container.begin(await launch(container), exposure=exposure)
        except TimeoutError:
            self.close()
            raise DependencyFailed(
                f"CannotStartContainerError: {container.name} waited for {', '.join(container.needs)} longer than "
                "startTimeout says"
            ) from None
        except BaseException:
            self.close()
            raise

    async def _come(self, container: Container, needed: Container, condition: str) -> None:
        while not self._closed and not dependencies.is_met(condition, needed.standing):
            if dependencies.never_will_be(condition, needed.standing):
                raise DependencyFailed(
                    f"CannotStartContainerError: {container.name} waits for {condition} of {needed.name}, which "
                    + _what_happened(needed)
                )
            await self._moved.wait()


def _what_happened(container: Container) -> str:
    code = container.exit_code
    return "is UNHEALTHY" if code is None else f"exited with code {code}"
