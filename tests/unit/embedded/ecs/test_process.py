"""A container's process: its lines, its exit code, and how it is ended."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from embedded.ecs.process import ContainerProcess

PID = 4711


class FakeProcess:
    """asyncio's process without a program."""

    pid = PID

    def __init__(self, *, limit_bytes: int = 64) -> None:
        self.stdout = asyncio.StreamReader(limit=limit_bytes)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(self, code: int) -> None:
        self.stdout.feed_eof()
        self._ended.set_result(code)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Signals sent to process groups."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "killpg", lambda group, number: sent.append((group, number)))
    return sent


async def lines_of(*chunks: bytes, limit_bytes: int = 64) -> list[str]:
    lines: list[str] = []
    fake: Any = FakeProcess(limit_bytes=limit_bytes)
    container = ContainerProcess(fake, lines.append)
    for chunk in chunks:
        fake.stdout.feed_data(chunk)
        await asyncio.sleep(0)
    fake.end(0)
    await container.wait()
    return lines


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\r\n", b"\n", b"two"], ["one", "", "two"]),
        ([b"  kept  \n"], ["  kept  "]),
        (["grüße\n".encode()], ["grüße"]),
        ([b"broken \xff\n"], ["broken \ufffd"]),
        ([], []),
    ],
    ids=["lines", "chunks", "spaces", "utf-8", "no-utf-8", "nothing"],
)
async def test_each_line_is_handed_on_as_text(chunks: list[bytes], lines: list[str]) -> None:
    assert await lines_of(*chunks) == lines


@pytest.mark.usefixtures("signals")
async def test_a_line_above_the_limit_is_handed_on_in_pieces_and_nothing_is_lost() -> None:
    lines = await lines_of(b"x" * 100 + b"\nnext\n", limit_bytes=16)
    assert "".join(lines) == "x" * 100 + "next"
    assert lines[-1] == "next"


@pytest.mark.parametrize(("code", "reported"), [(0, 0), (3, 3), (-signal.SIGKILL, 137), (-signal.SIGTERM, 143)])
async def test_the_exit_code_is_a_containers(signals: list[tuple[int, int]], code: int, reported: int) -> None:
    fake: Any = FakeProcess()
    container = ContainerProcess(fake, lambda _: None)
    fake.end(code)
    assert await container.wait() == reported
    assert signals == [(PID, signal.SIGKILL)], "what the process left in its group is ended too"


async def test_it_is_asked_first(signals: list[tuple[int, int]]) -> None:
    fake: Any = FakeProcess()
    container = ContainerProcess(fake, lambda _: None)
    assert container.pid == PID
    stopping = asyncio.create_task(container.stop(timeout_seconds=60))
    await asyncio.sleep(0)
    assert signals == [(PID, signal.SIGTERM)]
    fake.end(0)
    assert await stopping == 0


async def test_it_is_killed_after_its_stop_timeout(signals: list[tuple[int, int]]) -> None:
    fake: Any = FakeProcess()
    container = ContainerProcess(fake, lambda _: None)
    stopping = asyncio.create_task(container.stop(timeout_seconds=0.01))
    await asyncio.wait({stopping}, timeout=0.1)
    assert signals == [(PID, signal.SIGTERM), (PID, signal.SIGKILL)]
    fake.end(-signal.SIGKILL)
    assert await stopping == 137


async def test_a_group_that_is_gone_already_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_group: int, _number: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(os, "killpg", gone)
    fake: Any = FakeProcess()
    container = ContainerProcess(fake, lambda _: None)
    fake.end(1)
    assert await container.stop(timeout_seconds=60) == 1
