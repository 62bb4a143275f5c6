"""Lines of tasks on their way to the log streams of the API."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.ecs import logs
from embedded.ecs.logs import AwsLogs, LogGroupMissing

OPTIONS = {"awslogs-group": "/toy", "awslogs-stream-prefix": "prefix"}


class FakeStream:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def put_log_events(self, events: list[dict[str, Any]]) -> None:
        self.events += events


class FakeBackend:
    """A log group of the API."""

    def __init__(self) -> None:
        self.groups: dict[str, Any] = {"/toy": SimpleNamespace(streams={})}
        self.created: list[str] = []

    def create_log_stream(self, group: str, name: str) -> None:
        self.created.append(name)
        self.groups[group].streams[name] = FakeStream()


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def aws_logs(backend: FakeBackend) -> AwsLogs:
    return AwsLogs(backend=backend)


def messages(backend: FakeBackend, name: str = "prefix/toy/1") -> list[str]:
    return [event["message"] for event in backend.groups["/toy"].streams[name].events]


def test_lines_arrive_in_order_when_they_are_flushed(aws_logs: AwsLogs, backend: FakeBackend) -> None:
    stream = aws_logs.open_stream(OPTIONS, container="toy", task_id="1")
    before = int(time.time() * 1000)
    stream.write("one")
    stream.write("two")
    assert messages(backend) == []
    aws_logs.flush()
    aws_logs.flush()
    assert messages(backend) == ["one", "two"]
    first = backend.groups["/toy"].streams["prefix/toy/1"].events[0]
    assert before <= first["timestamp"] <= int(time.time() * 1000)


def test_a_stream_is_created_once_and_named_as_the_awslogs_driver_does(aws_logs: AwsLogs, backend: FakeBackend) -> None:
    aws_logs.open_stream(OPTIONS, container="toy", task_id="1").write("one")
    aws_logs.open_stream(OPTIONS, container="toy", task_id="1").write("two")
    aws_logs.open_stream({"awslogs-group": "/toy"}, container="toy", task_id="2")
    aws_logs.flush()
    assert backend.created == ["prefix/toy/1", "ecs/toy/2"]
    assert messages(backend) == ["one", "two"]


@pytest.mark.parametrize("options", [{"awslogs-stream-prefix": "toy"}, {"awslogs-group": "/gone"}])
def test_a_missing_group_is_refused(aws_logs: AwsLogs, options: dict[str, str]) -> None:
    with pytest.raises(LogGroupMissing, match=r"log group .*does not exist"):
        aws_logs.open_stream(options, container="toy", task_id="1")


def test_lines_of_a_group_that_was_deleted_go_with_it_and_others_arrive(
    aws_logs: AwsLogs, backend: FakeBackend
) -> None:
    backend.groups["/other"] = SimpleNamespace(streams={})
    gone = aws_logs.open_stream({**OPTIONS, "awslogs-group": "/other"}, container="toy", task_id="1")
    kept = aws_logs.open_stream(OPTIONS, container="toy", task_id="1")
    del backend.groups["/other"]
    gone.write("lost")
    kept.write("kept")
    aws_logs.flush()
    assert messages(backend) == ["kept"]


def test_lines_of_a_stream_that_was_deleted_are_dropped(aws_logs: AwsLogs, backend: FakeBackend) -> None:
    stream = aws_logs.open_stream(OPTIONS, container="toy", task_id="1")
    backend.groups["/toy"].streams.clear()
    stream.write("lost")
    aws_logs.flush()
    assert backend.groups["/toy"].streams == {}


def test_the_oldest_events_of_a_full_stream_go(
    aws_logs: AwsLogs, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_EVENTS_PER_STREAM", 3)
    stream = aws_logs.open_stream(OPTIONS, container="toy", task_id="1")
    for number in range(5):
        stream.write(str(number))
        aws_logs.flush()
    assert messages(backend) == ["2", "3", "4"]
