"""The awslogs driver: lines of tasks to the CloudWatch Logs of the embedded API."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field
from typing import Any, Final

MAX_EVENTS_PER_STREAM: Final = 20_000
"""Older events of a stream are dropped: the log lives in memory here."""


class LogGroupMissing(Exception):
    """The log group that a task definition names does not exist; ECS refuses to start such a task."""


@dataclass(kw_only=True)
class AwsLogs:
    """Collects lines and hands them to moto's logs backend in batches."""

    backend: Any
    _waiting: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def open_stream(self, options: Mapping[str, str], *, container: str, task_id: str) -> LogStream:
        """The stream ``prefix/container/task-id`` of the group that the awslogs options name.

        A container without such options logs nowhere, as on AWS: what it prints is dropped.

        Raises:
            LogGroupMissing: no such group.
        """
        if not options:
            return LogStream(waiting=deque(maxlen=0))
        group = options.get("awslogs-group", "")
        if group not in self.backend.groups:
            raise LogGroupMissing(
                f"ResourceInitializationError: failed to validate logger args: the log group {group} does not exist"
            )
        name = "/".join((options.get("awslogs-stream-prefix", "ecs"), container, task_id))
        if name not in self.backend.groups[group].streams:
            self.backend.create_log_stream(group, name)
        return LogStream(waiting=self._waiting[group, name])

    def flush(self) -> None:
        """Hand over what was collected; lines of a group deleted meanwhile are gone with it."""
        for (group, name), waiting in list(self._waiting.items()):
            events = waiting[:]
            if not events:
                continue
            del waiting[: len(events)]
            log_group = self.backend.groups.get(group)
            if log_group is None or name not in log_group.streams:
                continue
            stream = log_group.streams[name]
            stream.put_log_events(events)
            if len(stream.events) > MAX_EVENTS_PER_STREAM:
                del stream.events[:-MAX_EVENTS_PER_STREAM]


@dataclass(frozen=True, kw_only=True)
class LogStream:
    """Where one container writes."""

    waiting: MutableSequence[dict[str, Any]]

    def write(self, line: str) -> None:
        """Add one line, stamped with the time now."""
        self.waiting.append({"timestamp": int(time.time() * 1000), "message": line})
