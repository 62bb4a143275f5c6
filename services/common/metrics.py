"""Metrics as log lines in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them by itself.

Chosen over a Prometheus endpoint because on Fargate nothing scrapes tasks unless one runs it, and because figures about
the service then stand nowhere that the public load balancer leads to.

Source of the format: "Specification: Embedded metric format" in the CloudWatch user guide; a metric may have up to 100
values a line, so of more values a random sample is told.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from services.common.logs import fields

log = logging.getLogger(__name__)

NAMESPACE: Final = "Mysfits"
_EVERY_SECONDS: Final = 60.0
_MOST_VALUES: Final = 100

COUNTS: Final[Mapping[str, str]] = {
    "Requests": "requests answered, without health checks",
    "ClientErrors": "of these, answered 4xx",
    "ServerErrors": "of these, answered 5xx",
    "LikesStored": "likes acknowledged because they were stored",
    "LikesKnown": "of these, known from the ledger: sent before, or their answer was lost",
    "Commits": "groups of likes settled",
    "CommitRepeats": "attempts at a group after its first",
    "CommitFailures": "likes given up: refused or out of time",
}
MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "RequestMs": ("Milliseconds", "from a request's head to the end of its answer"),
    "CommitMs": ("Milliseconds", "from a group's first attempt to its last answer"),
    "CommitSize": ("Count", "likes in a group"),
}


@dataclass(kw_only=True)
class _Sample:
    """Up to 100 of the values seen, each with the same chance to be among them."""

    seen: int = 0
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        self.seen += 1
        if len(self.values) < _MOST_VALUES:
            self.values.append(value)
        elif (place := int(random.random() * self.seen)) < _MOST_VALUES:  # noqa: S311 - a sample, no secret
            self.values[place] = value


class Metrics:
    """What happened since the last ``flush``; names are those of COUNTS and MEASURES."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._counts = dict.fromkeys(COUNTS, 0)
        self._samples = {name: _Sample() for name in MEASURES}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count."""
        self._counts[name] += by

    def measure(self, name: str, value: float) -> None:
        """Note one value."""
        self._samples[name].add(value)

    def flush(self) -> None:
        """Log what happened, if anything did, and begin anew."""
        counts = {name: value for name, value in self._counts.items() if value}
        measures = {name: sample.values for name, sample in self._samples.items() if sample.seen}
        if not (counts or measures):
            return
        self._clear()
        described = [{"Name": name, "Unit": "Count"} for name in counts]
        described += [{"Name": name, "Unit": MEASURES[name][0]} for name in measures]
        directive: dict[str, Any] = {
            "Timestamp": int(time.time() * 1000),
            # Every log line has the service's name; here it is the dimension.
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": described}],
        }
        log.info("Metrics.", extra=fields(_aws=directive, **counts, **measures))

    async def while_serving(self) -> AsyncGenerator[None, None]:
        """Flush every minute and at the end."""
        flushing = asyncio.create_task(self._flush_for_ever())
        yield
        flushing.cancel()
        with suppress(asyncio.CancelledError):
            await flushing
        self.flush()

    async def _flush_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            self.flush()
