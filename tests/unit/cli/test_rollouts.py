"""Waiting for rollouts that a killed run began, and saying that ECS took one back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import rollouts
from cli.errors import CommandError
from embedded.ecs.capacity import UNAVAILABLE
from settings.settings import Settings
from tests.unit.cli.serving import serve
from tests.unit.pages import Paginated

SETTINGS = Settings.from_environ({})
TASKS = "arn:aws:ecs:us-east-1:1:task-definition/mysfits-dev-like"
OUTPUTS = {
    "cluster_name": "mysfits-dev",
    "services": {
        "like": {
            "service_name": "mysfits-dev-like",
            "task_definition_arn": f"{TASKS}:2",
            "log_group_name": "/mysfits/dev/like",
        }
    },
}


class Ecs(Paginated):
    """One service, whose deployment has the next of ``states`` at every look, and the logs of its tasks."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.status = "ACTIVE"
        self.events: list[str] = []
        self.runs = f"{TASKS}:2"
        self.cluster = True
        self.stopped: list[dict[str, Any]] = []
        self.streams: dict[str, list[str]] = {}

    def list_services(self, *, cluster: str) -> dict[str, Any]:
        assert cluster == "mysfits-dev"
        if not self.cluster:
            raise ClientError({"Error": {"Code": "ClusterNotFoundException"}}, "ListServices")
        return {"serviceArns": ["like"]}

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert cluster == "mysfits-dev"
        state = self.states.pop(0) if len(self.states) > 1 else "".join(self.states)
        deployments = [{"rolloutState": state}, {}]
        name = "mysfits-dev-like"
        service = {"serviceName": name, "status": self.status, "deployments": deployments, "taskDefinition": self.runs}
        service["events"] = [{"message": message} for message in self.events]
        return {"services": [service] if services else []}

    def list_tasks(self, *, cluster: str, serviceName: str, desiredStatus: str) -> dict[str, Any]:
        assert (cluster, serviceName, desiredStatus) == ("mysfits-dev", "mysfits-dev-like", "STOPPED")
        return {"taskArns": [task["taskArn"] for task in self.stopped]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert cluster == "mysfits-dev"
        return {"tasks": [task for task in self.stopped if task["taskArn"] in tasks]}

    def describe_log_streams(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"logGroupName": "/mysfits/dev/like", "orderBy": "LastEventTime", "descending": True}
        return {"logStreams": [{"logStreamName": name} for name in self.streams]}

    def get_log_events(self, *, logStreamName: str, limit: int, **asked: Any) -> dict[str, Any]:
        assert asked == {"logGroupName": "/mysfits/dev/like", "startFromHead": False}
        return {"events": [{"message": line} for line in self.streams[logStreamName][-limit:]]}

    def stop(
        self,
        task: str,
        *,
        second: int,
        definition: str = f"{TASKS}:2",
        reason: str = "exited",
        exit_code: int | None = None,
    ) -> None:
        at = dt.datetime(2026, 1, 1, 0, 0, second, tzinfo=dt.UTC)
        arn = f"arn:task/{task}"
        self.stopped.append(
            {
                "taskArn": arn,
                "taskDefinitionArn": definition,
                "stoppedAt": at,
                "stoppedReason": reason,
                "containers": [{"name": "like", "exitCode": exit_code}],
            }
        )


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Ecs:
    found = Ecs("COMPLETED")
    serve(monkeypatch, SETTINGS, found, "ecs", "logs")
    return found


def wait() -> tuple[list[str], float]:
    """What was said, and how long it took by a clock that only sleeping moves."""
    said: list[str] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    rollouts.wait_for_rollouts(SETTINGS, say=said.append, clock=lambda: now, sleep=sleep)
    return said, now


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
def test_a_rollout_that_has_ended_is_not_waited_for(ecs: Ecs, state: str) -> None:
    ecs.states = [state]
    assert wait() == ([], 0)


def test_a_rollout_under_way_is_waited_for_and_said_once(ecs: Ecs) -> None:
    ecs.states = ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    assert wait() == (["ECS still rolls out mysfits-dev-like; waiting for its end"], 2)


def test_a_rollout_without_an_end_is_left_to_the_deploy_after_ten_minutes(ecs: Ecs) -> None:
    ecs.states = ["IN_PROGRESS"]
    said, seconds = wait()
    assert seconds == 600
    assert "going on all the same" in said[-1]


def test_a_rollout_that_waits_for_capacity_is_left_to_the_deploy_at_once(ecs: Ecs) -> None:
    ecs.states = ["IN_PROGRESS"]
    ecs.events = [f"(service like) was unable to place a task. Reason: {UNAVAILABLE}.", "older"]
    assert wait() == ([], 0)
    ecs.states = ["IN_PROGRESS", "COMPLETED"]
    ecs.events.insert(0, "(service like) has started 1 tasks: (task 1).")
    assert wait()[1] == 1


def test_what_is_gone_is_not_waited_for(ecs: Ecs) -> None:
    ecs.states = ["IN_PROGRESS"]
    ecs.status = "INACTIVE"
    assert wait() == ([], 0)
    ecs.cluster = False
    assert wait() == ([], 0)


def test_services_that_run_what_was_asked_pass(ecs: Ecs) -> None:
    assert ecs.runs == OUTPUTS["services"]["like"]["task_definition_arn"]  # type: ignore[index]
    rollouts.require_asked_revisions(SETTINGS, OUTPUTS)


def test_a_rollout_that_ecs_took_back_names_both_revisions_and_why_the_last_task_stopped(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    ecs.stop("early", second=1, reason="first")
    ecs.stop("last", second=9, reason="Essential container in task exited", exit_code=3)
    ecs.stop("scaled", second=10, reason="Scaling activity initiated by (deployment ecs-svc/1)", exit_code=0)
    ecs.stop("old", second=20, definition=f"{TASKS}:1", reason="scaled down")
    traceback = 'Traceback (most recent call last):\n  File "/app/app.py", line 3\n    port = environ["PORT"]'
    stopping = [f"INFO closing {number}" for number in range(6)]
    ecs.streams = {"like/like/early": ["no"], "like/like/last": [traceback, "KeyError: 'PORT'", *stopping]}
    with pytest.raises(CommandError) as caught:
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)
    assert str(caught.value).splitlines() == [
        "Task last stopped: Essential container in task exited (like exited with code 3)",
        "  KeyError: 'PORT'",
        "  In its log:",
        '      File "/app/app.py", line 3',
        '        port = environ["PORT"]',
        "    KeyError: 'PORT'",
        "    INFO closing 0",
        "    INFO closing 1",
        "So ECS did not keep mysfits-dev-like:2 of mysfits-dev-like and runs mysfits-dev-like:1 again. "
        "Nothing that was served before is lost. Correct the image and deploy again.",
    ]


def test_a_task_that_was_stopped_for_its_health_is_named_so_without_the_lines_of_the_checks(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    ecs.stop("sick", second=9, reason="Task failed ELB health checks in (target-group arn:1)")
    checks = ['"GET / HTTP/1.1" 500 12 "-" "ELB-HealthChecker/2.0"'] * 20
    ecs.streams = {"like/like/sick": ["1", "2", "3", "4", "5", "no table", *checks]}
    with pytest.raises(rollouts.RevisionNotKept) as caught:
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)
    first, *lines, _ = str(caught.value).splitlines()
    assert first == "Task sick was stopped for its health: Task failed ELB health checks in (target-group arn:1)"
    assert lines == ["  2", "  3", "  4", "  5", "  no table"]


def test_without_a_stopped_task_the_events_are_pointed_to(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    ecs.stop("old", second=20, definition=f"{TASKS}:1")
    with pytest.raises(CommandError, match="no longer knows a stopped task of mysfits-dev-like:2"):
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)


def test_the_end_of_a_long_log_is_shown_and_a_code_that_the_reason_names_is_not_repeated(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    ecs.stop("last", second=9, reason="Container like ended with code 3", exit_code=3)
    ecs.streams = {"like/like/other": ["no"], "like/like/last": [f"line {number}" for number in range(1, 31)]}
    with pytest.raises(CommandError) as caught:
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)
    first, *lines, _ = str(caught.value).splitlines()
    assert first == "Task last stopped: Container like ended with code 3"
    assert lines == [f"  line {number}" for number in range(26, 31)]


def test_a_task_that_ended_well_or_wrote_nothing_has_no_code_and_no_lines(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    ecs.stop("last", second=9, reason="Task failed ELB health checks", exit_code=0)
    with pytest.raises(CommandError) as caught:
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)
    assert str(caught.value).splitlines()[:-1] == [
        "Task last was stopped for its health: Task failed ELB health checks"
    ]


def test_tasks_that_scaling_stopped_are_told_where_there_are_no_others_and_running_ones_never(ecs: Ecs) -> None:
    ecs.runs = f"{TASKS}:1"
    for second, task in ((1, "first"), (5, "scaled"), (9, "running")):
        ecs.stop(task, second=second, reason="Scaling activity initiated by (deployment ecs-svc/1)")
    del ecs.stopped[-1]["stoppedAt"]
    with pytest.raises(CommandError, match="Task scaled stopped: Scaling activity initiated"):
        rollouts.require_asked_revisions(SETTINGS, OUTPUTS)
