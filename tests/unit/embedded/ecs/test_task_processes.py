from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from embedded.ecs.task_processes import shown


def task(name: str, *, running: bool = True, pid: int | None = 7) -> Any:
    record = SimpleNamespace(cluster_name="shop-dev", group=f"service:{name}")
    return SimpleNamespace(id=f"id-{name}", record=record, running=running, pid=pid)


def test_only_tasks_with_a_running_container_are_shown() -> None:
    tasks = [task("web"), task("stopping", running=False), task("pending", pid=None)]
    assert shown(tasks) == [{"cluster": "shop-dev", "group": "service:web", "task": "id-web", "process_group": 7}]
