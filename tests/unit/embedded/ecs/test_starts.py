"""Containers start in turn, so that those that serve keep a processor."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from embedded import session_priority
from embedded.ecs.starts import LONGEST_SECONDS, Starts, half_of_the_processors, listens
from tests.unit.embedded.ecs.task_stage import ADDRESS, PLACES, Stage
from tests.unit.virtual_time import now, run_in_virtual_time

PID = 7


def up_after(seconds: float) -> Callable[[], Awaitable[bool]]:
    """Of a container that listens so long after it was started."""
    began = now()

    async def is_up() -> bool:
        return now() >= began + seconds

    return is_up


def started(at_once: int, *takes: float) -> list[float]:
    """When containers start that take so long, all asked for at once."""
    begun: list[float] = []

    async def one(turns: Starts, seconds: float) -> None:
        await turns.take()
        begun.append(round(now(), 1))
        turns.give_back(up_after(seconds))

    async def all_of_them() -> None:
        turns = Starts(at_once, clock=now)
        await asyncio.gather(*(one(turns, seconds) for seconds in takes))
        await asyncio.sleep(10)

    run_in_virtual_time(all_of_them())
    return begun


def test_one_starts_when_the_one_before_it_listens() -> None:
    assert started(1, 1.0, 0.5, 1.0) == [0.0, 1.0, 1.5]


def test_two_at_a_time_where_there_are_processors_for_it() -> None:
    assert started(2, 1.0, 2.0, 1.0, 1.0) == [0.0, 0.0, 1.0, 2.0]


def test_one_that_never_listens_holds_up_nobody_for_long() -> None:
    assert started(1, 1000.0, 1.0) == [0.0, LONGEST_SECONDS]


def test_a_trouble_with_looking_gives_the_turn_back() -> None:
    async def broken() -> bool:
        raise OSError("no more files")

    async def story() -> float:
        turns = Starts(1, clock=now)
        await turns.take()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio.get_running_loop(), "call_exception_handler", lambda _: None)
            turns.give_back(broken)
            await turns.take()
        return now()

    assert run_in_virtual_time(story()) == 0.0


def niceness_of_one_that_takes_a_second(seen: dict[int, int], *, refusing: int = 0) -> list[int]:
    """Its niceness after half a second, one and a quarter and three, where Linux refuses so many attempts to end it."""
    take, left = session_priority.set_niceness, itertools.repeat(True, refusing)

    def set_niceness(pid: int, value: int) -> bool:
        return not (value == 0 and next(left, False)) and take(pid, value)

    async def story() -> list[int]:
        turns = Starts(1, clock=now)
        await turns.take()
        turns.give_back(up_after(1), pid=PID)
        found = []
        for seconds in (0.5, 0.75, 1.75):
            await asyncio.sleep(seconds)
            found.append(seen[PID])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_priority, "set_niceness", set_niceness)
        return run_in_virtual_time(story())


def test_one_that_starts_gets_what_those_that_serve_leave_until_it_listens(niceness: dict[int, int]) -> None:
    assert niceness_of_one_that_takes_a_second(niceness) == [10, 0, 0]


def test_what_linux_refuses_for_now_is_asked_for_again(niceness: dict[int, int]) -> None:
    assert niceness_of_one_that_takes_a_second(niceness, refusing=5) == [10, 10, 0]


async def test_a_target_starts_that_way_and_what_is_none_does_not(stage: Stage, niceness: dict[int, int]) -> None:
    await stage.running()
    await asyncio.sleep(0)
    assert niceness == {}
    await stage.running(*PLACES)
    await asyncio.sleep(0)
    assert set(niceness) == {stage.process.pid}


@pytest.mark.parametrize(("processors", "at_once"), [(None, 1), (1, 1), (2, 1), (3, 1), (8, 4)])
def test_half_of_the_processors_are_for_those_that_start(
    processors: int | None, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert half_of_the_processors() == at_once


async def test_a_port_listens_or_does_not(unused_tcp_port: int) -> None:
    assert not await listens(unused_tcp_port)
    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        assert await listens(unused_tcp_port)


@pytest.mark.parametrize("ends", ["listens", "stop", "exit"])
async def test_a_task_keeps_its_turn_until_it_listens_or_is_over(stage: Stage, ends: str) -> None:
    stage.around = replace(stage.around, starts=Starts(1, clock=lambda: 0.0))  # however long the machine takes
    task = await stage.running(*PLACES)
    waiting = asyncio.create_task(stage.around.starts.take())
    await asyncio.wait({waiting}, timeout=0.3)
    assert not waiting.done()
    if ends == "listens":
        with socket.create_server(("127.0.0.1", stage.addresses.port(ADDRESS))):
            await asyncio.wait_for(waiting, 2)
    elif ends == "stop":
        task.stop(code="UserInitiated", reason="enough")
        await asyncio.wait_for(waiting, 2)
    else:
        stage.process.end(1)
        await asyncio.wait_for(waiting, 2)


async def test_a_program_that_cannot_be_started_and_a_task_that_is_no_target_keep_no_turn(stage: Stage) -> None:
    stage.around = replace(stage.around, starts=Starts(1))
    stage.fails_to_start = OSError("no such program")
    await stage.task(*PLACES).wait()
    stage.fails_to_start = None
    await stage.running()
    await asyncio.wait_for(stage.around.starts.take(), 2)
