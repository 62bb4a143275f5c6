"""One task outside its service: what ECS is asked for, how long is waited, and that nothing is left behind."""

from __future__ import annotations

import functools
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

import pytest
from botocore.exceptions import ClientError

from cli import task_log
from cli.errors import CommandError
from cli.progress import Progress
from cli.run_task import run_task
from settings.settings import Settings
from tests.unit.cli.one_task import ARN, Clock, Cloud
from tests.unit.cli.serving import serve

SETTINGS: Final = Settings.from_environ({})
OUTPUTS: Final = {
    "cluster_name": "mysfits-dev",
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-1", "subnet-2"],
    "services": {"monolith": {"security_group_id": "sg-service", "task_definition_arn": "arn:td:1"}},
}
PATHS: Final = ("/", "/mysfits")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock.now)
    monkeypatch.setattr("time.sleep", clock.sleep)
    reading = functools.partial(task_log.read_until, clock=clock.now, sleep=clock.sleep)
    monkeypatch.setattr(task_log, "read_until", reading)
    return clock


Answer = Callable[[urllib.request.Request], bytes]


class Web:
    """Answers requests; ``fails`` of them first get no answer."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.fails = 0
        self.refuses = False
        self.bodies = {"/": b'{"status": "ok"}', "/mysfits": b'{"mysfits": [1, 2, 3]}'}
        self.urls: list[str] = []

    def open(self, request: urllib.request.Request, *, timeout: float) -> Any:
        assert timeout == 5
        self.urls.append(request.full_url)
        if self.fails:
            self.fails -= 1
            raise urllib.error.URLError("refused")
        if self.refuses:
            raise urllib.error.HTTPError(request.full_url, 503, "Service Unavailable", None, None)  # type: ignore[arg-type]
        path = request.full_url.removeprefix(f"http://{request.host}")
        self._cloud.lines.append(f"served {path} to {request.get_header('X-request-id')}")
        answer: Any = io.BytesIO(self.bodies[path])
        answer.status = 200
        return answer


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Cloud:  # noqa: ARG001  (nothing here may wait)
    cloud = Cloud()
    serve(monkeypatch, SETTINGS, cloud, "ecs", "ec2", "logs")
    return cloud


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> Web:
    web = Web(cloud)
    monkeypatch.setattr("urllib.request.urlopen", web.open)
    return web


def run() -> None:
    run_task(SETTINGS, OUTPUTS, "monolith", Progress())


def words(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_the_task_runs_in_a_public_subnet_behind_a_door_of_its_own(cloud: Cloud, web: Web) -> None:
    run()
    assert cloud.calls == ["create_security_group", "authorize", "run_task", "stop_task", "delete_security_group"]
    door = cloud.asked["create_security_group"]
    assert (door["GroupName"], door["VpcId"]) == ("mysfits-dev-run-task", "vpc-1")
    tags = [{"Key": "Project", "Value": "mysfits"}, {"Key": "Env", "Value": "dev"}]
    assert door["TagSpecifications"] == [{"ResourceType": "security-group", "Tags": tags}]
    opened = {"GroupId": "sg-door", "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
    assert cloud.asked["authorize"] == opened
    task = cloud.asked["run_task"]
    assert (task["cluster"], task["taskDefinition"], task["launchType"]) == ("mysfits-dev", "arn:td:1", "FARGATE")
    assert task["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1"],
        "securityGroups": ["sg-service", "sg-door"],
        "assignPublicIp": "ENABLED",
    }
    assert (cloud.asked["stop_task"]["cluster"], cloud.asked["stop_task"]["task"]) == ("mysfits-dev", ARN)
    assert cloud.asked["delete_security_group"] == "sg-door"
    assert web.urls == [f"http://127.0.0.9:31000{path}" for path in PATHS]


def test_answers_and_log_are_shown(cloud: Cloud, web: Web, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.host_port = None
    web.bodies["/"] = b"<html>"
    cloud.lines = ["up"]
    run()
    told = words(capsys)
    assert f"Task {ARN}" in told
    assert "Public address 127.0.0.9 " in told
    assert "GET / 200, 6 bytes" in told
    assert "GET /mysfits 200, 3 mysfits" in told
    assert "1 up 2 served / to run-task-" in told
    assert "3 served /mysfits to run-task-" in told


def test_an_error_is_an_answer_and_other_documents_are_shown_whole(
    cloud: Cloud, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    web.refuses = True
    run()
    told = words(capsys)
    assert "GET / 503, Service Unavailable" in told
    assert "no lines" in told
    web.refuses = False
    cloud.states = ["RUNNING"]
    run()
    assert 'GET / 200, {"status": "ok"}' in words(capsys)


@pytest.mark.parametrize(("target", "seconds"), [("local", 3), ("aws", 10)])
def test_a_line_that_never_comes_is_named_and_waited_for_briefly_once_the_task_has_ended(
    target: Literal["local", "aws"],
    seconds: int,
    *,
    cloud: Cloud,
    web: Web,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = replace(SETTINGS, target=target)
    serve(monkeypatch, settings, cloud, "ecs", "ec2", "logs")
    web.refuses = True
    ended: list[float] = []
    monkeypatch.setattr(cloud, "delete_security_group", lambda **_: ended.append(clock.seconds))
    run_task(settings, OUTPUTS, "monolith", Progress())
    assert seconds <= clock.seconds - ended[0] < seconds + 1
    said = capsys.readouterr().err
    assert f"Waiting for a line about GET /mysfits in /mysfits/dev/monolith, {seconds} s at most" in said
    assert "None came: mysfits may log no requests, or later; look in /mysfits/dev/monolith, stream task/" in said


@pytest.mark.usefixtures("cloud")
def test_a_container_that_starts_is_asked_again(web: Web, clock: Clock) -> None:
    web.fails = 10
    run()
    assert len(web.urls) == 12
    assert 3 <= clock.seconds < 10


def test_one_that_never_answers_is_stopped_after_a_minute(cloud: Cloud, web: Web, clock: Clock) -> None:
    web.fails = 10_000
    with pytest.raises(CommandError, match=r"http://127.0.0.9:31000/ did not answer within 60 s: .*refused"):
        run()
    assert 60 <= clock.seconds < 63
    assert cloud.calls[-2:] == ["stop_task", "delete_security_group"]


@pytest.mark.usefixtures("web")
def test_one_that_stops_early_says_why_and_leaves_nothing(cloud: Cloud) -> None:
    cloud.states, cloud.stopped_reason = ["PENDING", "STOPPED"], "CannotPullContainerError"
    with pytest.raises(CommandError, match="The task stopped before it ran: CannotPullContainerError"):
        run()
    assert cloud.calls[-2:] == ["stop_task", "delete_security_group"]
    cloud.states, cloud.stopped_reason = ["STOPPED"], None
    with pytest.raises(CommandError, match="no reason given"):
        run()


@pytest.mark.usefixtures("web")
def test_one_that_never_runs_is_stopped_after_three_minutes(cloud: Cloud, clock: Clock) -> None:
    cloud.states = ["PENDING"]
    with pytest.raises(CommandError, match="The task was not running after 180 s; see its events in ECS"):
        run()
    assert 180 <= clock.seconds < 183
    assert cloud.calls[-2:] == ["stop_task", "delete_security_group"]


def test_a_task_that_ecs_refuses_leaves_no_door(cloud: Cloud) -> None:
    cloud.starts = False
    with pytest.raises(CommandError, match=r"ECS did not start the task: .*RESOURCE:CPU"):
        run()
    assert cloud.calls == ["create_security_group", "authorize", "run_task", "delete_security_group"]


@pytest.mark.usefixtures("web")
def test_the_end_of_the_task_is_waited_for_two_minutes_at_most(cloud: Cloud, clock: Clock) -> None:
    cloud.stops_by = ["DEACTIVATING", *["STOPPING"] * 8, "STOPPED"]
    run()
    assert cloud.states == ["STOPPED"]
    assert clock.seconds < 10
    cloud.states, cloud.stops_by = ["RUNNING"], ["STOPPING"]
    before = clock.seconds
    run()
    assert 120 <= clock.seconds - before < 122
    assert cloud.calls[-1] == "delete_security_group"


@pytest.mark.usefixtures("web")
def test_the_door_is_removed_once_the_interface_has_let_go(cloud: Cloud, clock: Clock) -> None:
    cloud.dependents = 5
    run()
    assert cloud.calls.count("delete_security_group") == 6
    assert 10 <= clock.seconds < 13


@pytest.mark.usefixtures("web")
def test_a_door_that_stays_is_an_error_after_two_minutes(cloud: Cloud, clock: Clock) -> None:
    cloud.dependents = 10_000
    with pytest.raises(ClientError, match="DependencyViolation"):
        run()
    assert 120 <= clock.seconds < 126


@pytest.mark.parametrize(
    ("outputs", "hint"),
    [(OUTPUTS, "try SERVICE=monolith"), ({}, "run make deploy first"), ({"services": {}}, "run make")],
)
def test_a_service_that_does_not_run_is_refused_with_one_that_does(outputs: dict[str, Any], hint: str) -> None:
    with pytest.raises(CommandError, match=hint) as caught:
        run_task(SETTINGS, outputs, "like", Progress())
    assert caught.value.exit_code == 2
