"""When a container is healthy, by what its checks answer."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from embedded.ecs import health_check
from embedded.ecs.command import Command
from embedded.ecs.health_check import HealthCheck, HealthRecord

CHECK = HealthCheck(interval_seconds=5, timeout_seconds=2, retries=3, start_period_seconds=20)


def noted(*results: tuple[bool, float]) -> HealthRecord:
    record = HealthRecord(check=CHECK)
    for passed, age in results:
        record.note(passed=passed, age_seconds=age)
    return record


def test_what_the_definition_does_not_say_is_as_ecs_has_it() -> None:
    assert HealthCheck.of({}) == HealthCheck(interval_seconds=30, timeout_seconds=5, retries=3, start_period_seconds=0)
    assert HealthCheck.of({"interval": 5, "timeout": 2, "retries": 1, "startPeriod": 9}) == HealthCheck(
        interval_seconds=5, timeout_seconds=2, retries=1, start_period_seconds=9
    )


def test_one_success_makes_it_healthy_and_three_failures_in_a_row_do_not() -> None:
    assert noted().status == "UNKNOWN"
    assert noted((True, 5)).status == "HEALTHY"
    failed = [(False, 30.0)] * 3
    assert noted((True, 5), *failed[:2]).status == "HEALTHY"
    assert noted((True, 5), *failed).status == "UNHEALTHY"
    assert noted((True, 5), *failed[:2], (True, 40), *failed[:2]).status == "HEALTHY"
    assert noted(*failed, (True, 60)).status == "HEALTHY"


def test_failures_in_the_start_period_count_once_it_was_healthy_only() -> None:
    assert noted(*[(False, 5.0)] * 9).status == "UNKNOWN"
    assert noted((True, 1), *[(False, 5.0)] * 3).status == "UNHEALTHY"
    assert noted(*[(False, 19.9)] * 2, *[(False, 20.0)] * 3).status == "UNHEALTHY"


async def test_it_is_checked_after_each_interval_and_told_when_it_changes() -> None:
    slept: list[float] = []
    changes: list[str] = []
    record = HealthRecord(check=HealthCheck(interval_seconds=5, timeout_seconds=2, retries=1, start_period_seconds=0))
    answers = iter([True, True, False])

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def probe() -> bool:
        try:
            return next(answers)
        except StopIteration:
            raise asyncio.CancelledError from None

    with pytest.raises(asyncio.CancelledError):
        await health_check.watch(
            record, probe, changed=lambda: changes.append(record.status), clock=lambda: 0.0, sleep=sleep
        )
    assert slept == [5, 5, 5, 5]
    assert changes == ["HEALTHY", "UNHEALTHY"]


@pytest.mark.parametrize(
    ("program", "passes"), [("pass", True), ("raise SystemExit(3)", False), ("import time; time.sleep(60)", False)]
)
async def test_a_check_passes_when_its_command_ends_with_0_in_time(program: str, passes: bool, tmp_path: Path) -> None:
    command = Command(words=(sys.executable, "-S", "-c", program), environment={})
    timeout = 0.1 if "sleep" in program else 30
    assert await health_check.run_once(command, tmp_path, timeout_seconds=timeout) is passes


async def test_a_check_whose_program_cannot_be_started_fails(tmp_path: Path) -> None:
    command = Command(words=(sys.executable,), environment={})
    assert not await health_check.run_once(command, tmp_path / "gone", timeout_seconds=1)
