"""A container's own health check: what ``healthCheck`` of its definition says, run beside it.

Source: "HealthCheck" in the reference of ECS task definitions; Docker's HEALTHCHECK for what a start period is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.ecs.command import Command
from embedded.ecs.dependencies import Health
from embedded.ecs.process import ContainerProcess

Probe = Callable[[], Awaitable[bool]]
"""Runs the command once; whether it passed."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """When a check runs, and how many failures in a row are too many; seconds."""

    interval_seconds: float
    timeout_seconds: float
    retries: int
    start_period_seconds: float

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> HealthCheck:
        """What ``healthCheck`` of a container definition says, with ECS's defaults."""
        return cls(
            interval_seconds=float(settings.get("interval") or 30),
            timeout_seconds=float(settings.get("timeout") or 5),
            retries=int(settings.get("retries") or 3),
            start_period_seconds=float(settings.get("startPeriod") or 0),
        )


@dataclass(kw_only=True)
class HealthRecord:
    """What the checks so far say."""

    check: HealthCheck
    status: Health = "UNKNOWN"
    failures: int = 0

    def note(self, *, passed: bool, age_seconds: float) -> None:
        """Add a result. One that failed while the container may still be starting does not count."""
        if passed:
            self.status, self.failures = "HEALTHY", 0
            return
        if self.status == "UNKNOWN" and age_seconds < self.check.start_period_seconds:
            return
        self.failures += 1
        if self.failures >= self.check.retries:
            self.status = "UNHEALTHY"


async def watch(
    record: HealthRecord,
    probe: Probe,
    *,
    changed: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Check until cancelled; the first time after one interval.

    Args:
        record: gets each result.
        probe: runs the command.
        changed: called when the status is another one.
        clock: monotonic seconds.
        sleep: waits for so many seconds.
    """
    began = clock()
    while True:
        await sleep(record.check.interval_seconds)
        passed = await probe()
        before = record.status
        record.note(passed=passed, age_seconds=clock() - began)
        if record.status != before:
            changed()


async def run_once(command: Command, directory: Path, *, timeout_seconds: float) -> bool:
    """Run a check's command beside its container.

    Returns:
        Whether it ended with 0 in time.
    """
    try:
        process = await ContainerProcess.start(
            command=command.words, directory=directory, environment=command.environment, on_line=lambda _: None
        )
    except OSError:
        return False
    try:
        return await asyncio.wait_for(process.wait(), timeout_seconds) == 0
    except TimeoutError:
        return False
    finally:
        if not process.ended:
            await process.stop(timeout_seconds=0)


def failed_checks(task: Any) -> str:
    """Whose checks of a task that runs have failed, as ECS names them: ELB, container, or empty for nobody's."""
    if not task.running:
        return ""
    if "unhealthy" in task.target_states():
        return "ELB"
    return "container" if task.health == "UNHEALTHY" else ""
