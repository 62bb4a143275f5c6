"""The states that DescribeTasks shows of a task and its container, one after the other, with their times."""

from __future__ import annotations

import dataclasses
import datetime as dt

from tests.unit.embedded.ecs.task_stage import ADDRESS, GROUP, PLACES, Stage, until


def watched(stage: Stage) -> list[tuple[str, str, str]]:
    """Last and desired status of the task and the last one of its container, whenever they change."""
    seen: list[tuple[str, str, str]] = []

    def look() -> None:
        record = stage.record
        now = (record.last_status, record.desired_status, record.containers[0].last_status)
        if now not in seen[-1:]:
            seen.append(now)

    stage.around = dataclasses.replace(stage.around, changed=look)
    return seen


async def test_a_task_that_is_stopped_passes_every_state(stage: Stage) -> None:
    seen = watched(stage)
    task = await stage.running(*PLACES)
    task.stop(code="UserInitiated", reason="enough")
    await until(lambda: stage.record.last_status == "DEACTIVATING")
    stage.targets.states.clear()  # both have drained
    await task.wait()
    assert seen == [
        ("PROVISIONING", "RUNNING", "PENDING"),
        ("PENDING", "RUNNING", "PENDING"),
        ("PENDING", "RUNNING", "RUNNING"),
        ("RUNNING", "RUNNING", "RUNNING"),
        ("DEACTIVATING", "STOPPED", "PENDING"),
        ("STOPPING", "STOPPED", "PENDING"),
        ("STOPPING", "STOPPED", "STOPPED"),
        ("STOPPED", "STOPPED", "STOPPED"),
    ]
    record = stage.record
    times = [record.created_at, record.started_at, record.stopping_at, record.stopped_at]
    assert times == sorted(times)
    assert all(time.tzinfo is dt.UTC for time in times)
    assert (record.containers[0].exitCode, record.containers[0].exit_code) == (143, 143)


async def test_a_task_whose_container_ends_by_itself_is_stopped_at_once(stage: Stage) -> None:
    seen = watched(stage)
    task = await stage.running()
    stage.process.end(3)
    await task.wait()
    assert list(dict.fromkeys(last for last, *_ in seen)) == ["PROVISIONING", "PENDING", "RUNNING", "STOPPED"]
    assert stage.record.desired_status == "STOPPED"


async def test_the_first_reason_to_stop_stays(stage: Stage) -> None:
    task = await stage.running()
    task.stop(code="UserInitiated", reason="enough")
    task.stop(code="ServiceSchedulerInitiated", reason="too many")
    await task.wait()
    assert (stage.record.stop_code, stage.record.stopped_reason) == ("UserInitiated", "enough")


async def test_a_task_without_port_mappings_and_logs_runs_all_the_same(stage: Stage) -> None:
    del stage.container["portMappings"], stage.container["logConfiguration"]
    task = await stage.running()
    assert stage.record.containers[0].network_bindings == []
    assert stage.addresses.port(ADDRESS) is not None
    stage.process.on_line("nobody reads this")
    stage.logs.flush()
    assert stage.log_group.streams == {}
    task.stop(code="UserInitiated", reason="enough")
    await task.wait()
    assert stage.targets.state(GROUP, ADDRESS) is None
