from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearse.task_killer import running_tasks


def task(group: str, process_group: int, *, cluster: str = "shop-dev") -> dict[str, Any]:
    return {"cluster": cluster, "group": group, "task": str(process_group), "process_group": process_group}


def test_only_tasks_of_services_of_the_own_cluster_can_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [
        task("service:shop-dev-web", 1),
        task("service:shop-dev-web", 2),
        task("service:shop-dev-orders", 3),
        task("service:other", 4),
        task("family:shop-dev-web", 5),
        task("service:shop-dev-web", 6, cluster="shop-dev-two"),
    ]
    asked: list[tuple[Path, str, str]] = []

    def ask(control_socket: Path, method: str, route: str) -> list[dict[str, Any]]:
        asked.append((control_socket, method, route))
        return shown

    monkeypatch.setattr("rehearse.task_killer.ask", ask)
    found = running_tasks(Path("control"), cluster="shop-dev")
    assert found == {"web": [1, 2], "orders": [3]}
    assert asked == [(Path("control"), "GET", "/tasks")]
