"""Loops that fail are started again with backoff and counted; the others never notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from embedded.supervisor import HEALTHY_SECONDS, LONGEST_PAUSE_SECONDS, LoopHealth, Supervisor


class FakeTime:
    """A clock that only ``sleep`` and the test move; remembers every pause."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest_asyncio.fixture
async def supervisor(time: FakeTime) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(clock=time.clock, sleep=time.sleep)
    yield supervisor
    await supervisor.stop()


async def turns(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("not within 1,000 turns of the event loop")


def failing(times: int) -> Callable[[], Awaitable[object]]:
    """A loop that fails so often and then runs until it is cancelled."""
    left = [times]

    async def loop() -> None:
        if left[0]:
            left[0] -= 1
            raise ValueError(f"{left[0]} more\nfailures")
        await asyncio.Event().wait()

    return loop


async def test_a_loop_that_fails_is_started_again_and_counted(supervisor: Supervisor) -> None:
    supervisor.start("alb", failing(1))
    await turns(lambda: supervisor.health()[0].restarts == 1)
    assert supervisor.health() == (LoopHealth(name="alb", restarts=1, last_error="ValueError: 0 more failures"),)


async def test_the_other_loops_go_on(supervisor: Supervisor) -> None:
    ticks: list[int] = []

    async def tick() -> None:
        while True:
            ticks.append(1)
            await asyncio.sleep(0)

    supervisor.start("ecs", tick)
    supervisor.start("alb", failing(3))
    await turns(lambda: supervisor.health()[1].restarts == 3)
    seen = len(ticks)
    await turns(lambda: len(ticks) > seen)
    assert supervisor.health()[0] == LoopHealth(name="ecs")


async def test_pauses_double_up_to_the_longest(supervisor: Supervisor, time: FakeTime) -> None:
    supervisor.start("alb", failing(8))
    await turns(lambda: len(time.pauses) == 8)
    assert time.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]


async def test_the_pause_is_short_again_after_a_healthy_time(supervisor: Supervisor, time: FakeTime) -> None:
    async def fails_late() -> None:
        time.now += HEALTHY_SECONDS if len(time.pauses) == 2 else 0
        raise ValueError

    supervisor.start("alb", fails_late)
    await turns(lambda: len(time.pauses) >= 4)
    assert time.pauses[:4] == [0.1, 0.2, 0.1, 0.2]


async def test_a_loop_that_returns_is_started_again_too(supervisor: Supervisor) -> None:
    async def returns() -> None:
        await asyncio.sleep(0)

    supervisor.start("items", returns)
    await turns(lambda: supervisor.health()[0].restarts == 1)
    assert "returned" in supervisor.health()[0].last_error


async def test_stop_ends_every_loop(supervisor: Supervisor) -> None:
    ended: list[str] = []

    async def waits(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    for name in ("metrics", "alb", "ecs"):
        supervisor.start(name, lambda name=name: waits(name))  # type: ignore[misc]
    await asyncio.sleep(0)
    await supervisor.stop()
    assert ended == ["metrics", "alb", "ecs"]


@pytest.mark.parametrize("last", ["fails", "returns"])
async def test_a_loop_that_fails_or_returns_while_it_is_cancelled_has_ended(last: str) -> None:
    async def sleep(_: float) -> None:
        raise AssertionError("it is about to be started again, and nobody would ever end it")

    supervisor = Supervisor(sleep=sleep)

    async def ends_badly() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if last == "fails":
                raise OSError("the socket is gone") from None

    supervisor.start("control plane", ends_badly)
    await asyncio.sleep(0)
    await supervisor.stop()


async def test_what_was_waiting_to_be_started_again_is_ended_at_once(time: FakeTime) -> None:
    slow = asyncio.Event()

    async def sleep(seconds: float) -> None:
        time.pauses.append(seconds)
        await slow.wait()

    supervisor = Supervisor(clock=time.clock, sleep=sleep)
    supervisor.start("alb", failing(1))
    await turns(lambda: bool(time.pauses))
    await asyncio.wait_for(supervisor.stop(), timeout=5)
