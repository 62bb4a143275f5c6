"""Everything that one task wrote to its log group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

_TICK_SECONDS: Final = 0.2


def stream_of(definition: Mapping[str, Any], task_id: str) -> tuple[str, str]:
    """Log group and stream of a task, by its task definition as ECS describes it."""
    container = definition["containerDefinitions"][0]
    options = container["logConfiguration"]["options"]
    return options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"


def read(logs: Any, group: str, stream: str) -> list[str]:
    """Every line of the stream, from the first; none while the stream does not exist.

    ``logs`` is boto3's client of CloudWatch Logs.
    """
    lines: list[str] = []
    token: dict[str, str] = {}
    while True:
        try:
            page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        except logs.exceptions.ResourceNotFoundException:
            return lines
        lines += [str(event["message"]) for event in page["events"]]
        if page["nextForwardToken"] == token.get("nextToken"):
            return lines  # the end is where the token stays the same
        token = {"nextToken": page["nextForwardToken"]}


def read_until(
    read_lines: Callable[[], list[str]],
    is_last: Callable[[str], bool],
    *,
    timeout_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[str], bool]:
    """The lines as soon as one of them ``is_last``, or when the time is over; and whether it came."""
    deadline = clock() + timeout_seconds
    while True:
        lines = read_lines()
        found = any(is_last(line) for line in lines)
        if found or clock() >= deadline:
            return lines, found
        sleep(_TICK_SECONDS)
