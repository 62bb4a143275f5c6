"""Everything that one task wrote to its log group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

_TICK_SECONDS: Final = 0.2


def stream_of(definition: Mapping[str, Any], task_id: str) -> tuple[str, str]:
    """Find where a task writes its log.

    Args:
        definition: of the task, as DescribeTaskDefinition shows it.
        task_id: last part of its ARN.

    Returns:
        Log group and stream.
    """
    container = definition["containerDefinitions"][0]
    options = container["logConfiguration"]["options"]
    return options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"


def read(logs: Any, group: str, stream: str) -> list[str]:
    """Read a log stream from its first line.

    Args:
        logs: boto3 client of CloudWatch Logs.
        group: log group.
        stream: of the group.

    Returns:
        Its lines; none while the stream does not exist.
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
    """Read until one of the lines ``is_last``, or until the time is over.

    Returns:
        The lines, and whether the last one came.
    """
    deadline = clock() + timeout_seconds
    while True:
        lines = read_lines()
        found = any(is_last(line) for line in lines)
        if found or clock() >= deadline:
            return lines, found
        sleep(_TICK_SECONDS)
