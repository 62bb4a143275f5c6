"""Rolling deployment as arithmetic: which tasks to start and stop next. No clock, no process, no I/O.

Source: "Amazon ECS rolling update deployments" and "deployment circuit breaker" in the ECS developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_RESTART_DELAY_SECONDS: Final = 30.0

STARTING_AT_ONCE: Final = 4
"""Tasks of one deployment that may be on their way at once: a machine that starts dozens serves nobody meanwhile."""


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """What the decision needs to know of one task that has not stopped.

    Attributes:
        id: task id.
        deployment: id of the deployment that started it.
        in_service: it runs and every target group it belongs to calls it healthy.
        stopping: it was told to stop, so it drains or exits and counts for nothing.
        unhealthy: its health checks have failed, so another one is to take its place.
    """

    id: str
    deployment: str
    in_service: bool
    stopping: bool
    unhealthy: bool = False


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How many tasks a service may have during a deployment."""

    desired: int
    minimum_in_service: int
    maximum: int

    @classmethod
    def of(cls, *, desired: int, minimum_percent: int, maximum_percent: int) -> Bounds:
        """Percentages of ``desired``: the lower one is rounded up, the upper one down, as ECS does."""
        return cls(
            desired=desired,
            minimum_in_service=math.ceil(desired * minimum_percent / 100),
            maximum=math.floor(desired * maximum_percent / 100),
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now: start so many tasks of the primary deployment, stop these tasks."""

    start: int
    stop: tuple[str, ...]


def decide(*, primary: str, bounds: Bounds, tasks: Sequence[TaskView]) -> Step:
    """The next step towards ``bounds.desired`` tasks of the ``primary`` deployment and none of any other.

    Never leaves fewer than ``minimum_in_service`` tasks in service by its own doing, and never has more than
    ``maximum`` tasks that are not stopping. An unhealthy task stays until another one is in service in its place, for
    all of them may only be slow together; where ``maximum`` leaves no room for another one, it goes first.
    Source: "Amazon ECS services" in the ECS developer guide.
    """
    active = [task for task in tasks if not task.stopping]
    ours = [task for task in active if task.deployment == primary and not task.unhealthy]
    ill = [task for task in active if task.deployment == primary and task.unhealthy]
    others = [task for task in active if task.deployment != primary]

    starting = sum(not task.in_service for task in ours)
    lacking = bounds.desired - len(ours)
    room = bounds.maximum - len(active)
    start = max(0, min(lacking, room, STARTING_AT_ONCE - starting))

    replaced = sum(task.in_service for task in ours) + len(ill) - bounds.desired
    if lacking > 0 >= room:
        replaced = max(replaced, 1)
    candidates = sorted(others, key=_counts)
    candidates += sorted(ours, key=_counts)[: max(0, -lacking)]
    candidates += ill[: max(0, replaced)]

    in_service = sum(task.in_service for task in active)
    running = in_service + sum(task.unhealthy for task in active)
    stop: list[str] = []
    for task in candidates:
        serves, runs = _counts(task)
        if (runs and running <= bounds.minimum_in_service) or (serves and in_service <= bounds.minimum_in_service):
            continue
        in_service, running = in_service - serves, running - runs
        stop.append(task.id)
    return Step(start=start, stop=tuple(stop))


def _counts(task: TaskView) -> tuple[bool, bool]:
    """Whether it serves well, and whether it serves at all, as an unhealthy one may where no other is left."""
    return task.in_service, task.in_service or task.unhealthy


def is_complete(*, primary: str, bounds: Bounds, tasks: Sequence[TaskView]) -> bool:
    """Whether the primary deployment has all its tasks in service and no other task is left, draining ones included."""
    ours = [task for task in tasks if task.deployment == primary and not task.stopping]
    return (
        len(ours) == bounds.desired
        and all(task.in_service for task in ours)
        and all(task.deployment == primary for task in tasks)
    )


def failure_threshold(desired: int) -> int:
    """Failed tasks after which the circuit breaker calls a deployment failed: half of desired, from 3 to 200."""
    return min(max(3, math.ceil(desired / 2)), 200)


def restart_delay_seconds(failures: int) -> float:
    """Pause before the next start after so many failed tasks in a row: none after the first, then 1, 2, 4 … 30 s."""
    return 0.0 if failures < 2 else min(2.0 ** (failures - 2), MAX_RESTART_DELAY_SECONDS)
