"""Reading a task's log: whole, and not before the lines that are waited for."""

from __future__ import annotations

from typing import Any

from cli import task_log


class Logs:
    """CloudWatch Logs with one stream in pages of two lines."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, lines: list[str] | None) -> None:
        self.lines = lines

    def get_log_events(
        self, *, logGroupName: str, logStreamName: str, startFromHead: bool, nextToken: str = "f/0"
    ) -> dict[str, Any]:
        assert (logGroupName, logStreamName, startFromHead) == ("/mysfits/a/like", "task/like/1", True)
        if self.lines is None:
            raise self.exceptions.ResourceNotFoundException
        begin = int(nextToken[2:])
        page = self.lines[begin : begin + 2]
        return {"events": [{"message": line} for line in page], "nextForwardToken": f"f/{begin + len(page)}"}


def test_group_and_stream_are_those_of_the_task_definition() -> None:
    options = {"awslogs-group": "/mysfits/a/like", "awslogs-stream-prefix": "task"}
    definition = {"containerDefinitions": [{"name": "like", "logConfiguration": {"options": options}}]}
    assert task_log.stream_of(definition, "1") == ("/mysfits/a/like", "task/like/1")


def test_every_page_is_read() -> None:
    lines = [f"line {number} " + "x" * 500 for number in range(25)]
    assert task_log.read(Logs(lines), "/mysfits/a/like", "task/like/1") == lines


def test_a_stream_that_does_not_exist_yet_has_no_lines() -> None:
    assert task_log.read(Logs(None), "/mysfits/a/like", "task/like/1") == []


def test_reading_waits_for_the_last_line_and_no_longer() -> None:
    answers = [[], ["up"], ["up", "GET /mysfits"], ["never read"]]
    slept: list[float] = []
    lines, came = task_log.read_until(
        lambda: answers.pop(0), lambda line: "GET" in line, timeout_seconds=5, clock=lambda: 0.0, sleep=slept.append
    )
    assert (lines, came, len(slept)) == (["up", "GET /mysfits"], True, 2)


def test_reading_ends_when_the_time_is_over() -> None:
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    lines, came = task_log.read_until(
        lambda: ["up"], lambda line: "GET" in line, timeout_seconds=1, clock=lambda: now, sleep=sleep
    )
    assert (lines, came) == (["up"], False)
    assert 1 <= now < 1.5
