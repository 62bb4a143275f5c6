"""Metrics as log lines in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them by itself.

There is no Prometheus endpoint: on Fargate nothing scrapes tasks unless somebody runs a scraper, and the public load
balancer could reach the endpoint.

Source of the format: "Specification: Embedded metric format" in the CloudWatch user guide; a metric may have up to 100
values a line, so of more than 100 values the line has a random sample.
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

from services.kit.logs import fields

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 60.0
_MOST_VALUES: Final = 100

COUNTS: Final[Mapping[str, str]] = {
    "Requests": "requests answered, without health checks",
    "ClientErrors": "of these, answered 4xx",
    "ServerErrors": "of these, answered 5xx",
}
"""Meanings of what every service counts."""

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "RequestMs": ("Milliseconds", "from a request's head to the end of its answer"),
}
"""Units and meanings of what every service measures."""


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
    """What happened since the last ``flush``.

    Args:
        namespace: the metrics' namespace in CloudWatch.
        counts: meanings of the domain's counts by name, besides COUNTS.
        measures: (unit, meaning) of the domain's measures by name, besides MEASURES.
    """

    def __init__(self, *, namespace: str, counts: Mapping[str, str], measures: Mapping[str, tuple[str, str]]) -> None:
        self._namespace = namespace
        self._names = (*COUNTS, *counts)
        self._units = {name: unit for name, (unit, _) in {**MEASURES, **measures}.items()}
        self._clear()

    def _clear(self) -> None:
        self._counts = dict.fromkeys(self._names, 0)
        self._samples = {name: _Sample() for name in self._units}

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
        described += [{"Name": name, "Unit": self._units[name]} for name in measures]
        directive: dict[str, Any] = {
            "Timestamp": int(time.time() * 1000),
            # Every log line has the service's name; here it is the dimension.
            "CloudWatchMetrics": [{"Namespace": self._namespace, "Dimensions": [["service"]], "Metrics": described}],
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
