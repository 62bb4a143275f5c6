"""The processes of running tasks, as the control socket shows them to whoever wants to kill one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from embedded.ecs.task import Task
from embedded.ecs.utilisation import RunningTask

ROUTE: Final = "/tasks"
"""Of the control socket; GET."""

_SERVICE: Final = "service:"
"""Before the name of a service, in the group of its tasks."""


def shown(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """Describe the tasks whose container runs.

    Returns:
        For each: ``cluster`` (name), ``group`` (as DescribeTasks has it, such as ``service:shop-dev-web``), ``task``
        (id) and ``process_group`` (whose processes are the container).
    """
    return [
        {
            "cluster": task.record.cluster_name,
            "group": task.record.group,
            "task": task.id,
            "process_group": task.pid,
        }
        for task in tasks
        if task.running and task.pid is not None
    ]


def of_services(tasks: Iterable[Task]) -> list[RunningTask]:
    """The tasks of services whose containers run, with what they have reserved."""
    return [
        RunningTask(
            id=task.id,
            cluster=task.record.cluster_name,
            service=str(task.record.group).removeprefix(_SERVICE),
            process_groups=task.process_groups,
            cpu_units=int(task.record.cpu),
            memory_mib=int(task.record.memory),
        )
        for task in tasks
        if task.running and task.process_groups and str(task.record.group).startswith(_SERVICE)
    ]
