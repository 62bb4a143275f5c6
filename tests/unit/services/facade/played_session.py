"""A session in which a test plays the monolith, and what came of a call in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast

import aiohttp

from services.facade.monolith_facade import FacadeAnswer, MonolithFacade, MonolithUnavailableError
from services.kit import request_ids
from tests.unit.virtual_time import now, run_in_virtual_time

KEY: Final = "fulfill-key-" + "1" * 30
LIMIT: Final = 64 * 1024


@dataclass
class Answer:
    """A response as the session brings it."""

    status: int = 200
    content_type: str = "application/json"
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"X-Served-By": "monolith"})
    chunk_bytes: int = 10_000
    closed: bool = False

    @property
    def url(self) -> Any:
        return SimpleNamespace(path="/asked")

    @property
    def content(self) -> Answer:
        return self

    async def iter_any(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), self.chunk_bytes):
            assert not self.closed
            yield self.body[start : start + self.chunk_bytes]

    def close(self) -> None:
        self.closed = True


SILENCE: Final = object()


class Session:
    """Gives its answers in turn, the last one for ever; notes when and what it was asked."""

    def __init__(self, *answers: Answer | Exception | object) -> None:
        self._answers = deque(answers)
        self.asked_at: list[float] = []
        self.asked: list[dict[str, Any]] = []

    @asynccontextmanager
    async def post(self, path: str, **request: Any) -> AsyncIterator[Answer]:
        self.asked_at.append(now())
        self.asked.append({"path": path, **request})
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        if answer is SILENCE:
            await asyncio.sleep(1e6)
        if isinstance(answer, Exception):
            raise answer
        yield cast(Answer, answer)


@dataclass(frozen=True)
class Outcome:
    """What became of one call, and when."""

    result: FacadeAnswer | MonolithUnavailableError
    at: float


def call(session: Session, send: Callable[[MonolithFacade], Any] | None = None) -> Outcome:
    """Call the facade in virtual time, in a request named r-1."""

    async def calling() -> Outcome:
        request_ids.enter("r-1")
        monolith = MonolithFacade(cast(aiohttp.ClientSession, session), key=KEY)
        sending = send(monolith) if send else monolith.fulfill("m-1", "like", key="k-1")
        try:
            return Outcome(await sending, now())
        except MonolithUnavailableError as error:
            return Outcome(error, now())

    return run_in_virtual_time(calling())
