"""How many tasks this machine bears, and which of those that are wanted may start. A machine is not Fargate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

UNAVAILABLE: Final = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
"""AWS's reason when Fargate has no room, of RunTask and of the events of services."""

FEWEST, MOST = 40, 200
"""Bounds of what is read from the machine.

Two systems of two services with two tasks each need 32 while everything rolls at once, both sides of every canary.
"""

_TASK_BYTES: Final = 192 * 2**20
"""Estimate of one task: a Python service with an AWS client and a worker process."""

_MEMORY_SHARE: Final = 0.5
"""Of the machine's memory; the rest is for the embedded AWS, Terraform and whatever else runs."""

_GROWTH: Final = 3
"""A service may have so many tasks for each place that would still be free. One alone gets three quarters of all."""

_LIMIT_FILES: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container says how much of the machine's memory it may use."""


class NoCapacity(Exception):
    """There is no place for one more task."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Places for tasks of the whole embedded AWS, ``max_tasks`` of them.

    The more a service has, the more have to be free for it to grow (dynamic thresholds, as switches share a buffer
    between queues). So one that wants thousands leaves places for the rollouts and restarts of all the others.
    """

    max_tasks: int

    def admits(self, cluster: str, group: str, tasks: Iterable[Any]) -> bool:
        """Whether one more task may start.

        Args:
            cluster: name of its cluster.
            group: as DescribeTasks has it; what is no service shares one threshold, whatever its group.
            tasks: moto's records of all tasks there are, stopped ones included.
        """
        owners = [_owner(task.cluster_name, task.group) for task in tasks if task.last_status != "STOPPED"]
        free = self.max_tasks - len(owners)
        return owners.count(_owner(cluster, group)) < _GROWTH * free


def of_machine(memory_bytes: int) -> Capacity:
    """Places on a machine with so much memory."""
    return Capacity(max_tasks=min(max(int(memory_bytes * _MEMORY_SHARE / _TASK_BYTES), FEWEST), MOST))


def usable_memory_bytes(limit_files: Iterable[Path] = _LIMIT_FILES) -> int:
    """Memory of this machine, or of the container that this process is in when it may use less."""
    limits = [psutil.virtual_memory().total]
    for path in limit_files:
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(limits)


def _owner(cluster: str, group: str) -> tuple[str, str] | None:
    return (cluster, group) if group.startswith("service:") else None
