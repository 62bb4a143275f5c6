"""The processes of running tasks, as the control socket shows them to whoever wants to kill one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from embedded.ecs.task import Task

ROUTE: Final = "/tasks"
"""Of the control socket; GET."""


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
