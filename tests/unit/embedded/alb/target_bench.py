"""A registry of targets under a virtual clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from embedded.alb.target_registry import TargetRegistry
from embedded.network import Addresses
from tests.unit.virtual_time import now, run_in_virtual_time

GROUP, ADDRESS = "arn:group", "10.0.0.1"
KEY = (GROUP, ADDRESS)
NONE_IN_SERVICE: frozenset[tuple[str, str]] = frozenset()


class Group(SimpleNamespace):
    """A target group as moto has it."""

    def __init__(self, **more: Any) -> None:
        settings: dict[str, Any] = {
            "name": "group",
            "targets": {},
            "attributes": {"deregistration_delay.timeout_seconds": "20"},
            "health_check_path": "/health",
            "health_check_interval_seconds": "10",
            "health_check_timeout_seconds": "4",
            "healthy_threshold_count": "3",
            "unhealthy_threshold_count": "2",
            "matcher": {"HttpCode": "200-204"},
        }
        super().__init__(**settings | more)

    def register(self, address: str = ADDRESS, port: int | None = 80) -> None:
        self.targets[address] = {"Port": port}


class Site:
    """What a target answers, in the place of a session: a status, an error, or nothing for ever."""

    def __init__(self, answer: int | Exception | None = 200) -> None:
        self.answer = answer
        self.asked: list[tuple[float, str, dict[str, str]]] = []

    @contextlib.asynccontextmanager
    async def get(self, url: str, *, headers: dict[str, str], allow_redirects: bool) -> AsyncIterator[SimpleNamespace]:
        assert not allow_redirects
        self.asked.append((now(), url, headers))
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        yield SimpleNamespace(status=self.answer)


class Bench:
    """A registry of one group with one target, whose clock is the virtual loop's."""

    def __init__(self, group: Group | None = None, *, listens: bool = True) -> None:
        self.group = group or Group()
        self.groups = {GROUP: self.group}
        addresses = Addresses()
        self.port = addresses.claim(ADDRESS) if listens else None
        backend = SimpleNamespace(target_groups=self.groups)
        self.registry = TargetRegistry(backend=backend, addresses=addresses, clock=now)
        self.site = Site()

    def status(self, *, is_in_service: bool = True) -> tuple[str, str | None, str | None] | None:
        return self.registry.status(KEY, is_in_service=is_in_service)

    def state(self) -> str | None:
        status = self.status()
        return status[0] if status else None

    async def watch(self, seconds: float, *, in_service: frozenset[tuple[str, str]] = NONE_IN_SERVICE) -> None:
        """Notice and probe, as the controller's loop does."""
        until = now() + seconds
        while now() < until:
            self.registry.notice(in_service=in_service)
            self.registry.keep_probing(self.site)  # type: ignore[arg-type]
            await asyncio.sleep(0.1)

    def run(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Play a story in virtual time."""

        async def play() -> None:
            try:
                await story()
            finally:
                self.registry.stop_probing()
                await asyncio.sleep(0)

        run_in_virtual_time(play())
