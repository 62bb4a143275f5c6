from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import shared_reads
from services.kit.shared_reads import SharedReads


class Source:
    """Something to read: each call tells its number when it may, and which value it saw when it began."""

    def __init__(self) -> None:
        self.value = 0
        self.calls = 0
        self.seen: list[int] = []
        self.may_answer = asyncio.Event()

    async def read(self) -> int:
        self.calls += 1
        seen = self.value
        await self.may_answer.wait()
        return seen


async def begun(*reads: Awaitable[Any]) -> list[asyncio.Task[Any]]:
    """The reads as tasks that have come as far as they can."""
    tasks = [asyncio.ensure_future(read) for read in reads]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_reads_that_arrive_together_share_one_call() -> None:
    source, reads = Source(), SharedReads()
    tasks = await begun(*(reads.read("k", source.read) for _ in range(10)))
    source.may_answer.set()
    assert await asyncio.gather(*tasks) == [0] * 10
    assert source.calls == 1


async def test_read_that_arrives_during_a_call_waits_for_the_next_and_sees_what_was_done_before_it() -> None:
    source, reads = Source(), SharedReads()
    first = await begun(reads.read("k", source.read))
    source.value = 1
    later = await begun(*(reads.read("k", source.read) for _ in range(10)))
    assert source.calls == 1
    source.may_answer.set()
    assert await asyncio.gather(*first, *later) == [0] + [1] * 10
    assert source.calls == 2


async def test_different_reads_do_not_wait_for_each_other() -> None:
    source, other, reads = Source(), Source(), SharedReads()
    (stuck,) = await begun(reads.read("k", source.read))
    other.may_answer.set()
    assert await reads.read("other", other.read) == 0
    source.may_answer.set()
    await stuck


async def test_call_that_is_stuck_does_not_hold_up_the_next_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_reads, "_PATIENCE_SECONDS", 0.01)
    stuck, source, reads = Source(), Source(), SharedReads()
    (waiting,) = await begun(reads.read("k", stuck.read))
    source.may_answer.set()
    assert await asyncio.wait_for(reads.read("k", source.read), timeout=5) == 0
    assert not waiting.done()
    stuck.may_answer.set()
    await waiting


async def test_reader_that_goes_away_leaves_the_call_to_the_others() -> None:
    source, reads = Source(), SharedReads()
    gone, staying = await begun(*(reads.read("k", source.read) for _ in range(2)))
    gone.cancel()
    source.may_answer.set()
    assert await staying == 0
    assert (gone.cancelled(), source.calls) == (True, 1)


async def test_failure_reaches_every_reader_and_is_not_kept() -> None:
    reads = SharedReads()

    async def fail() -> int:
        raise ValueError("away")

    async def succeed() -> int:
        return 7

    tasks = await begun(*(reads.read("k", fail) for _ in range(3)))
    assert {str(error) for error in await asyncio.gather(*tasks, return_exceptions=True)} == {"away"}
    assert await reads.read("k", succeed) == 7


async def test_nothing_is_kept_of_reads_that_are_over() -> None:
    source, reads = Source(), SharedReads()
    source.may_answer.set()
    for number in range(20):
        await asyncio.gather(*(reads.read(number, source.read) for _ in range(3)))
    assert reads._lines == {}


STEPS = st.lists(st.sampled_from(["read", "change", "answer", "step", "cancel"]), max_size=60)


@given(steps=STEPS)
def test_no_reader_ever_sees_less_than_was_done_when_it_arrived(steps: list[str]) -> None:
    asyncio.run(interleaved(steps))


async def interleaved(steps: list[str]) -> None:
    reads, tasks = SharedReads(), list[asyncio.Task[None]]()
    value = 0
    pending: list[asyncio.Event] = []
    running = 0

    async def call() -> int:
        nonlocal running
        running += 1
        assert running == 1
        seen = value
        may_answer = asyncio.Event()
        pending.append(may_answer)
        await may_answer.wait()
        running -= 1
        return seen

    async def reader() -> None:
        known = value
        assert await reads.read("k", call) >= known

    def change() -> None:
        nonlocal value
        value += 1

    def answer() -> None:
        if pending:
            pending.pop().set()

    actions: dict[str, Callable[[], object]] = {
        "read": lambda: tasks.append(asyncio.ensure_future(reader())),
        "change": change,
        "answer": answer,
        "step": lambda: None,
        "cancel": lambda: tasks and tasks[len(tasks) // 2].cancel(),
    }
    for step in steps:
        actions[step]()
        await asyncio.sleep(0)
    while not all(task.done() for task in tasks):
        answer()
        await asyncio.sleep(0)
    for task in tasks:
        assert task.cancelled() or task.exception() is None, task
