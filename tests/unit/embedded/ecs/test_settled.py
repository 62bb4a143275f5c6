"""When every service is settled, which a restart waits for; and the processes that the control socket shows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.ecs import scheduler as scheduler_module
from embedded.ecs.scheduler import Scheduler
from embedded.ecs.task_processes import shown
from tests.unit.embedded.ecs.fakes import quiet_surroundings
from tests.unit.virtual_time import now, run_in_virtual_time


class Controller:
    """A service that is settled from a second on."""

    gone = False

    def __init__(self, record: Any, **_: Any) -> None:
        self.record = record

    @property
    def settled(self) -> bool:
        return now() >= float(self.record.settled_at)

    def tick(self) -> None:
        """Nothing moves by itself."""


def service(settled_at: float, *, status: str = "ACTIVE") -> SimpleNamespace:
    return SimpleNamespace(name="toy", status=status, events=[], settled_at=settled_at)


@pytest.fixture
def backend() -> SimpleNamespace:
    return SimpleNamespace(services={}, tasks={})


@pytest.fixture
def scheduler(backend: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    monkeypatch.setattr(scheduler_module, "ServiceController", Controller)
    monkeypatch.setattr(scheduler_module, "time", SimpleNamespace(monotonic=now, time=now))
    return Scheduler(backend, quiet_surroundings(tmp_path))


def waited(scheduler: Scheduler, within_seconds: float = 10.0) -> tuple[bool, float]:
    """What waiting brought, and when."""

    async def story() -> tuple[bool, float]:
        scheduler.tick()
        return await scheduler.settled(within_seconds=within_seconds), now()

    return run_in_virtual_time(story())


def test_without_services_all_is_settled_at_once(scheduler: Scheduler) -> None:
    assert waited(scheduler) == (True, 0.0)


def test_the_slowest_service_is_waited_for(scheduler: Scheduler, backend: Any) -> None:
    backend.services = {"a": service(1.0), "b": service(3.0)}
    settled, at = waited(scheduler)
    assert settled
    assert 3.0 <= at < 3.5


def test_the_wait_has_an_end(scheduler: Scheduler, backend: Any) -> None:
    backend.services = {"a": service(1.0), "b": service(60.0)}
    settled, at = waited(scheduler, within_seconds=5.0)
    assert not settled
    assert 5.0 <= at < 5.5


def test_a_service_that_is_being_deleted_is_not_waited_for(scheduler: Scheduler, backend: Any) -> None:
    backend.services = {"a": service(60.0, status="DRAINING")}
    assert waited(scheduler) == (True, 0.0)


def test_a_service_that_nobody_has_looked_at_is_not_settled(scheduler: Scheduler, backend: Any) -> None:
    async def story() -> bool:
        backend.services = {"new": service(0.0)}
        return await scheduler.settled(within_seconds=1.0)

    assert not run_in_virtual_time(story())


def task(number: int, *, running: bool = True, pid: int | None = 7) -> Any:
    record = SimpleNamespace(cluster_name="toys", group=f"service:toy-{number}")
    return SimpleNamespace(record=record, id=f"task-{number}", running=running, pid=pid)


def test_only_tasks_whose_container_runs_are_shown(scheduler: Scheduler) -> None:
    tasks = [task(1), task(2, running=False), task(3, pid=None)]
    expected = [{"cluster": "toys", "group": "service:toy-1", "task": "task-1", "process_group": 7}]
    assert shown(tasks) == expected
    scheduler._tasks = {one.id: one for one in tasks}
    assert scheduler.task_processes() == expected
