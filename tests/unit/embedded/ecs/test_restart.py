"""What a restart makes of the tasks and services that the records tell of."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from embedded.ecs.restart import end_former_life
from tests.unit.embedded.ecs.fakes import service_record

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def task(name: str, *, status: str = "RUNNING", address: str | None = "10.0.0.1") -> SimpleNamespace:
    details = [{"name": "privateIPv4Address", "value": address}] if address else []
    return SimpleNamespace(
        id=name,
        last_status=status,
        desired_status=status,
        stop_code="earlier" if status == "STOPPED" else None,
        stopped_reason="earlier" if status == "STOPPED" else None,
        stopped_at=None,
        attachments=[{"details": details}] if address else [],
        containers=[SimpleNamespace(last_status=status)],
    )


class Group:
    def __init__(self, *addresses: str) -> None:
        self.targets = {address: {"Id": address} for address in addresses}

    def deregister(self, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            del self.targets[target["Id"]]


def end(*tasks: SimpleNamespace, groups: tuple[Group, ...] = (), services: tuple[Any, ...] = ()) -> list[Any]:
    released: list[Any] = []
    ecs = SimpleNamespace(
        tasks={"cluster": {one.id: one for one in tasks}}, services={one.name: one for one in services}
    )
    count = end_former_life(ecs, target_groups=groups, release_interface=released.append, now=NOW)
    assert count == len(released)
    return released


def test_tasks_that_ran_are_stopped_and_say_why() -> None:
    running, pending = task("running"), task("pending", status="PROVISIONING", address=None)
    assert end(running, pending) == [running, pending]
    for one in (running, pending):
        assert (one.last_status, one.desired_status, one.stop_code) == ("STOPPED", "STOPPED", "TerminationNotice")
        assert (one.stopped_reason, one.stopped_at) == ("The embedded AWS was restarted", NOW)
        assert one.containers[0].last_status == "STOPPED"


def test_tasks_that_had_stopped_stay_as_they_were() -> None:
    stopped = task("stopped", status="STOPPED")
    assert end(stopped) == []
    assert (stopped.stop_code, stopped.stopped_at) == ("earlier", None)


def test_their_targets_leave_and_others_stay() -> None:
    group, other = Group("10.0.0.1", "10.9.9.9"), Group("10.9.9.9")
    end(task("running"), groups=(group, other))
    assert (set(group.targets), set(other.targets)) == ({"10.9.9.9"}, {"10.9.9.9"})


def test_services_show_no_running_task_until_there_is_one() -> None:
    service = service_record(running_count=2, pending_count=1)
    service.deployments = [{"id": "one", "runningCount": 2, "pendingCount": 1, "rolloutState": "COMPLETED"}]
    end(services=(service,))
    assert (service.running_count, service.pending_count) == (0, 0)
    assert service.deployments == [{"id": "one", "runningCount": 0, "pendingCount": 0, "rolloutState": "COMPLETED"}]
