"""The loop between records and tasks: it starts, adopts, stops and forgets, and one service's trouble stays its own."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.ecs import scheduler as scheduler_module
from embedded.ecs.capacity import Capacity
from embedded.ecs.scheduler import Scheduler
from embedded.ecs.surroundings import TargetPlace
from tests.unit.embedded.ecs.ecs_fakes import GROUP, definition
from tests.unit.embedded.ecs.fakes import quiet_surroundings


class FakeTask:
    """In place of a task with a process."""

    def __init__(
        self, record: Any, task_definition: Any, _around: Any, *, places: tuple[TargetPlace, ...] = ()
    ) -> None:
        self.record, self.definition, self.places = record, task_definition, places
        self.id = record.id
        self.running = self.stopping = self.stopped = self.failed = False
        self.asked: list[tuple[str, str]] = []
        record.last_status = "RUNNING"

    def target_states(self) -> tuple[str, ...]:
        return ("initial",) * len(self.places)

    def stop(self, *, code: str, reason: str, failed: bool = False) -> None:
        self.stopping = True
        self.failed = failed
        self.asked.append((code, reason))

    async def wait(self) -> None:
        await asyncio.sleep(0)
        self.stopped = True


class FakeBackend:
    """moto's ECS as far as the scheduler asks."""

    def __init__(self) -> None:
        self.capacity = Capacity(max_tasks=40)
        self.full = False
        self.services: dict[str, Any] = {}
        self.tasks: dict[str, dict[str, Any]] = {"toys": {}}
        self.asked: list[dict[str, Any]] = []

    def run_task(self, **asked: Any) -> list[Any]:
        self.asked.append(asked)
        return [] if self.full else [self.add_task(asked["task_definition_str"])]

    def add_task(self, arn: str) -> Any:
        number = len(self.tasks["toys"]) + 1
        record = SimpleNamespace(
            id=f"task-{number}",
            last_status="PROVISIONING",
            desired_status="RUNNING",
            stopped_reason=None,
            task_definition_arn=arn,
        )
        self.tasks["toys"][f"arn:{number}"] = record
        return record

    def describe_task_definition(self, arn: str) -> Any:
        return SimpleNamespace(arn=arn, container_definitions=[])


def service(name: str, **differs: Any) -> SimpleNamespace:
    """A service of the API that wants no task."""
    values = {
        "name": name,
        "cluster_name": "toys",
        "status": "ACTIVE",
        "desired_count": 0,
        "task_definition": definition(1),
        "load_balancers": [{"targetGroupArn": GROUP, "containerPort": 80}],
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "network_configuration": {"awsvpcConfiguration": {"subnets": ["a", "b"], "assignPublicIp": "DISABLED"}},
        "deployment_configuration": {},
        "deployments": [],
        "events": [],
        "tags": [{"key": "Project", "value": "toys"}],
        "propagate_tags": "SERVICE",
    }
    return SimpleNamespace(**{**values, **differs})


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[FakeTask]:
    """Every task that was begun."""
    begun: list[FakeTask] = []

    def begin(*arguments: Any, **named: Any) -> FakeTask:
        begun.append(FakeTask(*arguments, **named))
        return begun[-1]

    monkeypatch.setattr(scheduler_module, "Task", begin)
    return begun


@pytest.fixture
def scheduler(backend: FakeBackend, tmp_path: Path) -> Scheduler:
    return Scheduler(backend, quiet_surroundings(tmp_path))


def test_a_service_gets_its_tasks_spread_over_its_subnets(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.services["toy"] = service("toy", desired_count=2)
    scheduler.tick()
    scheduler.tick()
    assert [task.places for task in tasks] == [(TargetPlace(group_arn=GROUP, port=80),)] * 2
    first, second = backend.asked
    subnets = [asked["networking_configuration"]["awsvpcConfiguration"]["subnets"] for asked in (first, second)]
    assert subnets == [["b", "a"], ["a", "b"]]
    assert first["networking_configuration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert first["cluster_str"] == "toys"
    assert (first["task_definition_str"], first["count"], first["launch_type"]) == (definition(1), 1, "FARGATE")
    assert first["group"] == "service:toy"
    assert first["started_by"] == backend.services["toy"].deployments[0]["id"]
    assert first["tags"] == [{"key": "Project", "value": "toys"}]
    assert first["platform_version"] == "LATEST"
    assert tasks[0].definition.arn == definition(1)


def test_tags_go_to_tasks_only_when_the_service_propagates_them(scheduler: Scheduler, backend: FakeBackend) -> None:
    backend.services["toy"] = service("toy", desired_count=1, propagate_tags="NONE")
    scheduler.tick()
    assert backend.asked[0]["tags"] == []


def test_a_task_of_run_task_is_started_once_without_target_groups(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.add_task(definition(1))
    scheduler.tick()
    scheduler.tick()
    assert [task.id for task in tasks] == ["task-1"]
    assert tasks[0].places == ()


def test_a_record_that_is_not_new_is_not_started(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.add_task(definition(1)).last_status = "STOPPED"
    scheduler.tick()
    assert tasks == []


@pytest.mark.parametrize(("reason", "expected"), [("seen enough", "seen enough"), (None, "Task stopped by user")])
def test_stop_task_reaches_the_task(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask], reason: str | None, expected: str
) -> None:
    record = backend.add_task(definition(1))
    scheduler.tick()
    assert tasks[0].asked == []
    record.desired_status, record.stopped_reason = "STOPPED", reason
    scheduler.tick()
    assert tasks[0].asked == [("UserInitiated", expected)]
    tasks[0].stopped = True
    scheduler.tick()
    scheduler.tick()
    assert len(tasks[0].asked) <= 1 + 1, "a stopped task is not asked any more"


def test_a_deleted_service_is_let_go_and_one_of_the_same_name_begins_anew(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.services["toy"] = old = service("toy")
    scheduler.tick()
    old.status = "DRAINING"
    scheduler.tick()
    assert old.status == "INACTIVE"
    backend.services["toy"] = new = service("toy", desired_count=1)
    scheduler.tick()
    assert len(tasks) == 1
    assert len(new.deployments) == 1


def test_a_service_that_is_not_active_is_never_taken_up(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.services["toy"] = service("toy", desired_count=2, status="INACTIVE")
    scheduler.tick()
    assert tasks == []
    assert backend.services["toy"].deployments == []


def test_stopped_tasks_are_forgotten_after_an_hour(scheduler: Scheduler, backend: FakeBackend) -> None:
    now = dt.datetime.now(dt.UTC)
    for hours in (0.9, 1.1, None):
        record = backend.add_task(definition(1))
        record.last_status = "STOPPED"
        if hours is not None:
            record.stopped_at = now - dt.timedelta(hours=hours)
    scheduler.tick()
    assert [record.id for record in backend.tasks["toys"].values()] == ["task-1", "task-3"]


async def test_close_stops_every_task_and_waits_for_it(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.services["toy"] = service("toy", desired_count=2)
    scheduler.tick()
    await scheduler.close()
    assert [task.stopped for task in tasks] == [True, True]
    assert tasks[0].asked == [("UserInitiated", "the embedded AWS shuts down")]


async def test_close_without_tasks_is_nothing(scheduler: Scheduler) -> None:
    await scheduler.close()


async def test_it_ticks_until_it_is_cancelled(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "TICK_SECONDS", 0.0)
    running = asyncio.create_task(scheduler.run())
    try:
        backend.services["toy"] = service("toy", desired_count=1)
        await turns(lambda: len(tasks) == 1)
        backend.services["toy"].desired_count = 2
        await turns(lambda: len(tasks) == 2)
    finally:
        running.cancel()
    assert not any(task.asked for task in tasks), "what runs goes on"


async def turns(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("not within 1,000 turns of the event loop")


def broken(backend: FakeBackend) -> dict[str, Any]:
    """Three services, the first of which cannot be understood."""
    backend.services = {name: service(name) for name in ("first", "second", "third")}
    backend.services["first"].desired_count = "several"
    return backend.services


def test_a_service_whose_step_fails_does_not_stop_the_others(scheduler: Scheduler, backend: FakeBackend) -> None:
    services = broken(backend)
    scheduler.tick()
    assert [len(service.deployments) for service in services.values()] == [0, 1, 1]
    assert scheduler.warnings() == ("ECS service first: ValueError: invalid literal for int() with base 10: 'several'",)


def test_the_warning_goes_when_the_service_is_well_again(
    scheduler: Scheduler, backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    services = broken(backend)
    scheduler.tick()
    scheduler.tick()
    assert len(caplog.records) == 1, "the same trouble is logged once"
    services["first"].desired_count = 0
    scheduler.tick()
    assert scheduler.warnings() == ()
    assert len(services["first"].deployments) == 1


def test_a_service_without_room_is_told_with_what_to_do_until_it_has_room(
    scheduler: Scheduler, backend: FakeBackend, tasks: list[FakeTask]
) -> None:
    backend.services["toy"] = toy = service("toy", desired_count=3)
    backend.full = True
    scheduler.tick()
    (warning,) = scheduler.warnings()
    assert warning.startswith("ECS service toy wants 3 tasks and has 0, as the embedded AWS runs at most 40 in all")
    assert "make deploy" in warning
    assert "MAX_TASKS" in warning
    assert tasks == []
    toy.desired_count = 0
    scheduler.tick()
    assert scheduler.warnings() == ()
    toy.desired_count, backend.full = 3, False
    scheduler.tick()
    assert scheduler.warnings() == ()
    assert len(tasks) == 3
