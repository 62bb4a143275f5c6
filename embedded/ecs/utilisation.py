"""CPU and memory of services in CloudWatch, as ECS publishes them: percent of what their tasks have reserved.

A task is a group of processes of this machine, which nothing keeps to its CPU units, so its share may be above 100.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import psutil

from embedded.cloudwatch.series import Key, SeriesStore

NAMESPACE: Final = "AWS/ECS"
_MINUTE_SECONDS: Final = 60
_MIB: Final = 2**20
_UNITS_OF_A_PROCESSOR: Final = 1024


@dataclass(frozen=True, kw_only=True)
class RunningTask:
    """A task whose containers run.

    Attributes:
        id: of the task.
        cluster, service: names.
        process_groups: whose processes are its containers.
        cpu_units, memory_mib: what it has reserved.
    """

    id: str
    cluster: str
    service: str
    process_groups: tuple[int, ...]
    cpu_units: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class Use:
    """What one process has used: processor seconds since it began, and memory now."""

    cpu_seconds: float
    memory_bytes: int


Processes = Mapping[int, Mapping[int, Use]]
"""Use by process group and process."""


def uses_of(process_groups: Iterable[int]) -> Processes:
    """Look at every process of these groups once."""
    found: dict[int, dict[int, Use]] = {group: {} for group in process_groups}
    for pid in psutil.pids():
        try:
            group = os.getpgid(pid)
            if group in found:
                process = psutil.Process(pid)
                with process.oneshot():
                    times = process.cpu_times()
                    found[group][pid] = Use(
                        cpu_seconds=times.user + times.system, memory_bytes=process.memory_info().rss
                    )
        except (OSError, psutil.Error):  # it has ended, or is another user's
            continue
    return found


class UtilisationPublisher:
    """Puts CPUUtilization and MemoryUtilization of every service into ``store``, one value a minute for each task.

    Args:
        store: of the namespace AWS/ECS.
        tasks: those that run now.
        speed: minutes pass so many times as fast as on AWS.
        look: finds what processes have used; called in a thread.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        store: SeriesStore,
        tasks: Callable[[], Iterable[RunningTask]],
        speed: int,
        look: Callable[[Iterable[int]], Processes] = uses_of,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._period = max(1, round(_MINUTE_SECONDS / speed))
        self._look = look
        self._clock = clock
        self._before: tuple[float, Processes] = (clock(), {})

    async def run(self) -> None:
        """Publish until cancelled, in the middle of each minute: so many samples as it has, so many tasks run."""
        due = 0.0
        while True:
            now = self._clock()
            due = max(due + self._period, (now // self._period + 0.5) * self._period)
            await asyncio.sleep(max(0.0, due - now))
            tasks = list(self._tasks())
            uses = await asyncio.to_thread(self._look, [group for task in tasks for group in task.process_groups])
            self.publish(tasks, uses)

    def publish(self, tasks: Iterable[RunningTask], uses: Processes) -> None:
        """One round. A task counts from its second look on: before, nobody knows since when it used its processor."""
        now, (then, before) = self._clock(), self._before
        self._before = (now, uses)
        cpu: dict[tuple[str, str], list[float]] = {}
        memory: dict[tuple[str, str], list[float]] = {}
        for task in tasks:
            used = {pid: use for group in task.process_groups for pid, use in uses.get(group, {}).items()}
            earlier = {pid: use for group in task.process_groups for pid, use in before.get(group, {}).items()}
            if not used or not earlier or now <= then:
                continue
            service = (task.cluster, task.service)
            seconds = sum(
                use.cpu_seconds - (earlier[pid].cpu_seconds if pid in earlier else 0) for pid, use in used.items()
            )
            reserved = task.cpu_units / _UNITS_OF_A_PROCESSOR
            cpu.setdefault(service, []).append(100 * seconds / (now - then) / reserved)
            held = sum(use.memory_bytes for use in used.values())
            memory.setdefault(service, []).append(100 * held / _MIB / task.memory_mib)
        for metric, found in (("CPUUtilization", cpu), ("MemoryUtilization", memory)):
            for (cluster, name), values in found.items():
                key = Key.of(metric, {"ClusterName": cluster, "ServiceName": name})
                self._store.put(key, at=now, samples=[(max(0.0, value), 1) for value in values])
        self._store.forget(now=now)
