"""One ECS task from PROVISIONING to STOPPED, around a process that the test plays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from embedded import images
from embedded.ecs import listeners
from tests.unit.embedded.ecs.task_stage import (
    ADDRESS,
    GROUP,
    OTHER_GROUP,
    PLACES,
    FakeProcess,
    Stage,
    until,
)


async def test_a_task_runs_its_image_on_a_port_of_its_own(stage: Stage) -> None:
    task = await stage.running()
    port = stage.addresses.port(ADDRESS)
    assert stage.process.command == (stage.program("serve"), "--port", str(port), "{port}s")
    assert stage.process.directory == images.snapshot_dir(stage.around.state_dir, "toy", "v1")
    assert task.pid == FakeProcess.pid
    assert stage.record.containers[0].network_bindings == [
        {"bindIP": "127.0.0.1", "containerPort": 80, "hostPort": port, "protocol": "tcp"}
    ]
    assert (task.running, task.stopping, task.stopped, task.failed) == (True, False, False, False)
    assert stage.record.containers[0].last_status == "RUNNING"


async def test_its_environment_is_the_shared_one_the_definition_its_secrets_and_where_to_listen(stage: Stage) -> None:
    stage.container["environment"].append({"name": "HOST", "value": "0.0.0.0"})  # noqa: S104 - must be overruled
    stage.record.overrides = {
        "containerOverrides": [
            {"name": "other", "environment": [{"name": "COLOUR", "value": "green"}]},
            {"name": "toy", "environment": [{"name": "COLOUR", "value": "blue"}]},
        ]
    }
    await stage.running()
    assert stage.process.environment == {
        "PATH": str(stage.around.state_dir / "bin"),
        "SHARED": "own",
        "COLOUR": "blue",
        "KEY": "hush",
        "HOST": "127.0.0.1",
        "PORT": str(stage.addresses.port(ADDRESS)),
    }


@pytest.mark.parametrize(
    ("override", "definition", "expected"),
    [(None, ["from", "definition"], "definition"), (["from", "override"], ["x"], "override")],
)
async def test_a_command_of_the_override_or_the_definition_wins(
    stage: Stage, override: list[str] | None, definition: list[str], expected: str
) -> None:
    stage.container["command"] = definition
    if override:
        stage.record.overrides = {"containerOverrides": [{"name": "toy", "command": override}]}
    await stage.running()
    assert stage.process.command == (stage.program("from"), expected)


async def test_it_joins_every_target_group_when_it_runs(stage: Stage) -> None:
    task = await stage.running(*PLACES)
    assert stage.targets.ports == {GROUP: 80, OTHER_GROUP: 81}
    stage.targets.states[GROUP, ADDRESS] = "healthy"
    assert task.target_states() == ("healthy", "initial")


async def test_its_lines_go_to_its_log_stream(stage: Stage) -> None:
    await stage.running()
    assert list(stage.log_group.streams) == ["t/toy/0123"]
    stage.process.on_line("hello")
    ((_, events),) = stage.logs._waiting.items()
    assert [event["message"] for event in events] == ["hello"]


async def test_a_task_told_to_stop_drains_first_and_then_gets_its_stop_timeout(stage: Stage) -> None:
    task = await stage.running(*PLACES)
    task.stop(code="UserInitiated", reason="enough")
    task.stop(code="Other", reason="too late")
    assert (task.running, task.stopping) == (False, True)
    await until(lambda: stage.record.last_status == "DEACTIVATING")
    assert set(stage.targets.states.values()) == {"draining"}
    del stage.targets.states[GROUP, ADDRESS]
    for _ in range(20):
        await asyncio.sleep(0)
    assert stage.process.stop_timeout is None, "the other group still drains"
    assert stage.record.last_status == "DEACTIVATING"
    stage.targets.states.clear()
    await task.wait()
    assert stage.process.stop_timeout == 7
    assert (stage.record.stop_code, stage.record.stopped_reason) == ("UserInitiated", "enough")
    assert (stage.record.last_status, stage.record.desired_status) == ("STOPPED", "STOPPED")
    assert stage.record.containers[0].exit_code == 143
    assert (task.stopped, task.failed) == (True, False)
    assert stage.record.stopping_at <= stage.record.stopped_at


async def test_ecs_waits_30_seconds_where_the_definition_says_nothing(stage: Stage) -> None:
    del stage.container["stopTimeout"]
    task = await stage.running()
    task.stop(code="x", reason="y")
    await task.wait()
    assert stage.process.stop_timeout == 30


async def test_a_task_stopped_as_failed_stays_failed(stage: Stage) -> None:
    task = await stage.running()
    task.stop(code="ServiceSchedulerInitiated", reason="Task failed ELB health checks", failed=True)
    await task.wait()
    assert task.failed


async def test_a_process_that_ends_by_itself_fails_the_task_and_leaves_its_groups(stage: Stage) -> None:
    task = await stage.running(*PLACES)
    stage.process.end(3)
    await task.wait()
    assert set(stage.targets.states.values()) == {"draining"}
    assert stage.record.stop_code == "EssentialContainerExited"
    assert stage.record.stopped_reason == "Essential container in task exited with code 3"
    assert stage.record.containers[0].exit_code == 3
    assert (task.stopped, task.failed, task.running) == (True, True, False)
    assert stage.process.stop_timeout is None


async def test_a_process_that_ends_while_it_drains_is_not_stopped_again(stage: Stage) -> None:
    task = await stage.running(*PLACES)
    task.stop(code="UserInitiated", reason="enough")
    await until(lambda: stage.record.last_status == "DEACTIVATING")
    stage.process.end(0)
    await task.wait()
    assert stage.process.stop_timeout is None
    assert (stage.record.stop_code, task.failed) == ("UserInitiated", False)


async def test_address_and_interface_are_released_at_the_end(stage: Stage) -> None:
    task = await stage.running()
    stage.process.end(0)
    await task.wait()
    assert stage.addresses.port(ADDRESS) is None
    assert stage.released == [stage.record]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/toy:v2"},
            "CannotPullContainerError: .*toy:v2: not found",
        ),
        ({"image": "docker.io/library/redis"}, "CannotPullContainerError: docker.io/library/redis is neither"),
        ({"secrets": [{"name": "KEY", "valueFrom": "arn:gone"}]}, "arn:gone was not found"),
        ({"logConfiguration": {"options": {"awslogs-group": "/gone"}}}, "the log group /gone does not exist"),
        ({"environment": [{"value": "without a name"}]}, "CannotStartContainerError: KeyError: 'name'"),
    ],
    ids=["tag", "registry", "secret", "log-group", "nobody-foresaw"],
)
async def test_what_keeps_it_from_starting_is_its_stopped_reason(
    stage: Stage, change: dict[str, Any], reason: str
) -> None:
    stage.container |= change
    task = stage.task(*PLACES)
    await task.wait()
    assert not stage.processes
    assert stage.record.stop_code == "TaskFailedToStart"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(stage.record.stopped_reason)
    assert (task.stopped, task.failed) == (True, True)
    assert (stage.record.last_status, stage.record.containers[0].exit_code) == ("STOPPED", None)
    assert not stage.targets.states


async def test_a_program_that_cannot_be_started_is_named(stage: Stage) -> None:
    stage.fails_to_start = FileNotFoundError("no program serve")
    task = stage.task()
    await task.wait()
    assert stage.record.stopped_reason == "no program serve"


async def test_a_program_that_is_not_there_is_the_stopped_reason(stage: Stage) -> None:
    stage.container["command"] = ["nosuch", "server.js"]
    task = stage.task()
    await task.wait()
    assert stage.record.stop_code == "TaskFailedToStart"
    assert "CannotStartContainerError: nosuch is not on PATH of this machine" in stage.record.stopped_reason
    assert stage.addresses.port(ADDRESS) is None


async def test_a_task_that_listens_beyond_loopback_is_killed_at_once(stage: Stage) -> None:
    task = await stage.running(*PLACES)
    stage.exposed.set_result(("0.0.0.0:8000",))
    await task.wait()
    assert stage.process.stop_timeout == 0, "neither drained nor given time"
    assert stage.record.stop_code == "EssentialContainerExited"
    assert stage.record.stopped_reason == listeners.reason(("0.0.0.0:8000",))
    assert (task.stopped, task.failed) == (True, True)
    assert set(stage.targets.states.values()) == {"draining"}


@pytest.mark.parametrize("end", ["by itself", "asked"])
async def test_nobody_looks_for_listeners_of_a_task_that_ended(stage: Stage, end: str) -> None:
    task = await stage.running()
    if end == "asked":
        task.stop(code="UserInitiated", reason="enough")
    else:
        stage.process.end(0)
    await task.wait()
    looking = [one for one in asyncio.all_tasks() if "_wait_until_exposed" in repr(one.get_coro())]
    await until(lambda: all(one.done() for one in looking))


async def test_a_task_that_stopped_already_keeps_its_reason(stage: Stage) -> None:
    task = await stage.running()
    stage.process.end(1)
    await task.wait()
    task.stop(code="UserInitiated", reason="late")
    assert stage.record.stop_code == "EssentialContainerExited"


async def test_a_record_that_wants_to_stop_counts_as_stopping(stage: Stage) -> None:
    task = await stage.running()
    stage.record.desired_status = "STOPPED"
    assert (task.stopping, task.running) == (True, False)
    task.stop(code="UserInitiated", reason="asked by the API")
    await task.wait()
    assert stage.record.stop_code == "UserInitiated"
