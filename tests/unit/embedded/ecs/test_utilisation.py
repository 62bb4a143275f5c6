"""CPU and memory of services, from what processes have used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

import pytest

from embedded.cloudwatch.series import Key, SeriesStore
from embedded.ecs.utilisation import RunningTask, Use, UtilisationPublisher, uses_of

MIB = 2**20


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def task(name: str, *groups: int, service: str = "web") -> RunningTask:
    return RunningTask(id=name, cluster="shop", service=service, process_groups=groups, cpu_units=256, memory_mib=512)


def use(seconds: float, mib: int = 64) -> Use:
    return Use(cpu_seconds=seconds, memory_bytes=mib * MIB)


class Rounds:
    def __init__(self) -> None:
        self.clock, self.store = Clock(), SeriesStore(keep_seconds=60)
        self.publisher = UtilisationPublisher(
            store=self.store, tasks=lambda: [], speed=1, look=lambda _: {}, clock=self.clock
        )

    def publish(self, tasks: list[RunningTask], uses: Mapping[int, Mapping[int, Use]], *, after: float = 10) -> None:
        self.clock.now += after
        self.publisher.publish(tasks, uses)

    def values(self, metric: str, service: str = "web") -> list[float]:
        key = Key.of(metric, {"ClusterName": "shop", "ServiceName": service})
        found = self.store.periods(key, start=0, end=1e10, period_seconds=3600)
        return [round(value, 3) for period in found for value, _ in period.samples]


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


def test_cpu_is_what_a_task_used_of_its_units_since_the_last_look(rounds: Rounds) -> None:
    tasks = [task("a", 1), task("b", 2), task("c", 3, service="like")]
    rounds.publish(tasks, {1: {1: use(5)}, 2: {2: use(7)}, 3: {3: use(0)}})
    assert rounds.values("CPUUtilization") == [], "nobody knows since when that was used"
    rounds.publish(tasks, {1: {1: use(6.25)}, 2: {2: use(7)}, 3: {3: use(5)}})
    assert rounds.values("CPUUtilization") == [50, 0], "1.25 of 10 s are half of a quarter of a processor"
    assert rounds.values("CPUUtilization", "like") == [200], "nothing keeps a process to its units"


def test_processes_that_begin_count_from_their_beginning(rounds: Rounds) -> None:
    tasks = [task("a", 1)]
    rounds.publish(tasks, {1: {1: use(5)}})
    rounds.publish(tasks, {1: {1: use(5), 8: use(2.5)}})
    assert rounds.values("CPUUtilization") == [100]


def test_all_containers_of_a_task_count(rounds: Rounds) -> None:
    tasks = [task("a", 1, 2)]
    rounds.publish(tasks, {1: {1: use(5)}, 2: {2: use(1, mib=192)}})
    rounds.publish(tasks, {1: {1: use(6.25)}, 2: {2: use(2.25, mib=192)}})
    assert (rounds.values("CPUUtilization"), rounds.values("MemoryUtilization")) == ([100], [50])


def test_a_process_that_ended_takes_nothing_away(rounds: Rounds) -> None:
    tasks = [task("a", 1)]
    rounds.publish(tasks, {1: {1: use(5), 8: use(99)}})
    rounds.publish(tasks, {1: {1: use(5.5)}})
    assert rounds.values("CPUUtilization") == [20]


def test_memory_is_that_of_all_processes_of_a_task(rounds: Rounds) -> None:
    tasks = [task("a", 1)]
    for _ in range(2):
        rounds.publish(tasks, {1: {1: use(0, mib=64), 8: use(0, mib=192)}})
    assert rounds.values("MemoryUtilization") == [50]


def test_a_task_that_is_gone_or_not_there_yet_has_no_value(rounds: Rounds) -> None:
    rounds.publish([task("a", 1)], {1: {1: use(1)}})
    rounds.publish([task("a", 1), task("b", 2)], {1: {}, 2: {2: use(1)}})
    assert rounds.values("CPUUtilization") == []


def test_own_processes_are_found_by_their_group() -> None:
    group = os.getpgid(0)
    mine = uses_of([group, 0])[group][os.getpid()]
    assert mine.cpu_seconds > 0
    assert mine.memory_bytes > MIB


async def test_each_minute_has_one_look_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many samples of CPU as a minute has, so many tasks ran: alarms count them."""
    clock, looks = Clock(), []
    clock.now = 1010.0

    async def sleep(seconds: float) -> None:
        clock.now += seconds + 0.01  # a little late, as a loop is
        looks.append(round(clock.now))
        if len(looks) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    store = SeriesStore(keep_seconds=60)
    publisher = UtilisationPublisher(store=store, tasks=lambda: [], speed=1, look=lambda _: {}, clock=clock)
    with pytest.raises(asyncio.CancelledError):
        await publisher.run()
    assert looks == [1010, 1050, 1110]
