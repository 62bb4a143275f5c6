"""A task of several containers: their order, who ends the task, and whether it is healthy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.ecs import health_check
from embedded.ecs.command import Command
from embedded.ecs.health_check import HealthRecord, Probe
from tests.unit.embedded.ecs.task_stage import ADDRESS, PLACES, Stage, until


def depend(stage: Stage, name: str, **conditions: str) -> None:
    """Let a container wait for others."""
    stage.definition(name)["dependsOn"] = [
        {"containerName": other, "condition": condition} for other, condition in conditions.items()
    ]


async def settle() -> None:
    """Let everybody go on who can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_all_containers_run_and_each_has_its_stream_and_record(stage: Stage) -> None:
    stage.add("agent")
    await stage.running(*PLACES)
    assert sorted(stage.started()) == ["agent", "toy"]
    assert sorted(stage.log_group.streams) == ["t/agent/0123", "t/toy/0123"]
    assert [record.last_status for record in stage.record.containers] == ["RUNNING", "RUNNING"]


async def test_requests_come_to_the_container_with_the_port_and_the_other_has_none(stage: Stage) -> None:
    stage.add("agent", first=True)
    await stage.running(*PLACES)
    port = stage.addresses.port(ADDRESS)
    assert stage.process_of("toy").environment["PORT"] == str(port)
    assert "PORT" not in stage.process_of("agent").environment
    assert stage.record_of("agent").network_bindings == []


async def test_a_container_with_a_port_that_nobody_balances_has_a_port_of_its_own(stage: Stage) -> None:
    stage.add("admin", portMappings=[{"containerPort": 9000}])
    task = await stage.running(*PLACES)
    (binding,) = stage.record_of("admin").network_bindings
    assert binding["containerPort"] == 9000
    assert binding["hostPort"] not in (None, stage.addresses.port(ADDRESS))
    assert stage.process_of("admin").environment["PORT"] == str(binding["hostPort"])
    task.stop(code="UserInitiated", reason="enough")
    stage.targets.states.clear()
    await task.wait()
    assert stage.addresses.port(f"{ADDRESS}/admin") is None


async def test_a_container_starts_after_what_has_to_succeed_first(stage: Stage) -> None:
    stage.add("migrate", essential=False)
    depend(stage, "toy", migrate="SUCCESS")
    stage.task()
    await until(lambda: stage.started() == ["migrate"])
    await settle()
    assert stage.started() == ["migrate"]
    assert stage.record.last_status == "PENDING"
    stage.process_of("migrate").end(0)
    await until(lambda: stage.record.last_status == "RUNNING")
    assert stage.started() == ["migrate", "toy"]
    migrate = stage.record_of("migrate")
    assert (migrate.last_status, migrate.exit_code, migrate.exitCode) == ("STOPPED", 0, 0)


async def test_what_has_to_succeed_and_fails_keeps_the_task_from_starting(stage: Stage) -> None:
    stage.add("migrate", essential=False)
    depend(stage, "toy", migrate="SUCCESS")
    task = stage.task(*PLACES)
    await until(lambda: stage.started() == ["migrate"])
    stage.process_of("migrate").end(3)
    await task.wait()
    assert stage.record.stop_code == "TaskFailedToStart"
    assert "toy waits for SUCCESS of migrate, which exited with code 3" in stage.record.stopped_reason
    assert stage.started() == ["migrate"]
    assert (stage.record_of("migrate").exit_code, stage.record_of("toy").exit_code) == (3, None)
    assert task.failed
    assert not stage.targets.states


async def test_what_has_to_complete_may_fail(stage: Stage) -> None:
    stage.add("warm", essential=False)
    depend(stage, "toy", warm="COMPLETE")
    stage.task()
    await until(lambda: stage.started() == ["warm"])
    stage.process_of("warm").end(3)
    await until(lambda: stage.record.last_status == "RUNNING")


async def test_who_waits_longer_than_a_start_may_take_fails_the_task(stage: Stage) -> None:
    stage.add("migrate", essential=False, startTimeout=0)
    depend(stage, "toy", migrate="SUCCESS")
    task = stage.task()
    await task.wait()
    assert "toy waited for migrate longer than startTimeout says" in stage.record.stopped_reason
    assert stage.started() == ["migrate"]
    assert stage.process_of("migrate").ended


async def test_an_essential_container_ends_the_task_and_the_others_with_it(stage: Stage) -> None:
    stage.add("agent")
    task = await stage.running(*PLACES)
    stage.process_of("agent").end(9)
    await task.wait()
    assert stage.record.stop_code == "EssentialContainerExited"
    assert stage.record.stopped_reason == "Essential container in task exited with code 9"
    assert stage.process_of("toy").stop_timeout == 7
    assert (stage.record_of("agent").exit_code, stage.record_of("toy").exit_code) == (9, 143)


async def test_a_container_that_is_not_essential_may_end(stage: Stage) -> None:
    stage.add("agent", essential=False)
    task = await stage.running()
    stage.process_of("agent").end(1)
    await settle()
    assert task.running
    assert stage.record_of("agent").last_status == "STOPPED"


async def test_containers_end_in_the_reverse_order(stage: Stage) -> None:
    stage.add("proxy")
    depend(stage, "toy", proxy="START")
    task = await stage.running()
    assert stage.started() == ["proxy", "toy"]
    task.stop(code="UserInitiated", reason="enough")
    await task.wait()
    assert stage.stopped == ["toy", "proxy"]


async def test_a_task_told_to_stop_while_a_container_waits_starts_no_more(stage: Stage) -> None:
    stage.add("migrate", essential=False)
    depend(stage, "toy", migrate="SUCCESS")
    task = stage.task(*PLACES)
    await until(lambda: stage.started() == ["migrate"])
    task.stop(code="UserInitiated", reason="enough")
    await task.wait()
    assert stage.started() == ["migrate"]
    assert stage.record.stop_code == "UserInitiated"
    assert not task.failed


async def test_an_essential_container_that_ends_early_ends_the_task_before_all_have_started(stage: Stage) -> None:
    stage.add("agent")
    stage.add("migrate", essential=False)
    depend(stage, "toy", migrate="SUCCESS")
    task = stage.task()
    await until(lambda: sorted(stage.started()) == ["agent", "migrate"])
    stage.process_of("agent").end(2)
    await task.wait()
    assert stage.record.stopped_reason == "Essential container in task exited with code 2"
    assert "toy" not in stage.started()
    assert stage.process_of("migrate").ended


@pytest.fixture
def checks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Whether the health check of the toy passes; it has none of its command's time."""
    stage.container["healthCheck"] = {"command": ["CMD", "serve", "--check"], "interval": 5, "retries": 1}
    answers = {"passes": True}

    async def run_once(command: Command, _directory: Path, *, timeout_seconds: float) -> bool:
        assert command.words[-1].endswith("--check")
        assert timeout_seconds == 5
        return answers["passes"]

    async def watch(record: HealthRecord, probe: Probe, *, changed: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(0)
            record.note(passed=await probe(), age_seconds=100)
            changed()

    monkeypatch.setattr(health_check, "run_once", run_once)
    monkeypatch.setattr(health_check, "watch", watch)
    return answers


async def test_a_task_is_as_healthy_as_its_essential_containers(stage: Stage, checks: dict[str, bool]) -> None:
    stage.add("agent", essential=False, healthCheck={"command": ["CMD-SHELL", "serve --check"]})
    depend(stage, "agent", toy="HEALTHY")
    task = await stage.running()
    await until(lambda: task.well)
    assert stage.started() == ["toy", "agent"]
    assert (task.health, stage.record.health_status) == ("HEALTHY", "HEALTHY")
    checks["passes"] = False
    await until(lambda: not task.well)
    assert (task.health, stage.record_of("toy").health_status) == ("UNHEALTHY", "UNHEALTHY")
    assert task.running, "who started it decides"
    task.stop(code="ServiceSchedulerInitiated", reason="x")
    await task.wait()


async def test_a_task_without_checks_is_well_and_its_health_unknown(stage: Stage) -> None:
    task = await stage.running()
    assert (task.well, task.health) == (True, "UNKNOWN")
