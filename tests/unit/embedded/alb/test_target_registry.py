"""Targets come, are checked at their group's pace, drain and are forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from embedded.alb.target_registry import TargetRegistry, check_settings
from embedded.network import Addresses
from tests.unit.virtual_time import now, run_in_virtual_time

GROUP, ADDRESS = "arn:group", "10.0.0.1"
KEY = (GROUP, ADDRESS)
NOBODY_CARRIES: frozenset[tuple[str, str]] = frozenset()


class Group(SimpleNamespace):
    """A target group as moto has it."""

    def __init__(self, **more: Any) -> None:
        settings: dict[str, Any] = {
            "name": "group",
            "targets": {},
            "attributes": {"deregistration_delay.timeout_seconds": "20"},
            "health_check_path": "/health",
            "health_check_interval_seconds": "10",
            "health_check_timeout_seconds": "4",
            "healthy_threshold_count": "3",
            "unhealthy_threshold_count": "2",
            "matcher": {"HttpCode": "200-204"},
        }
        super().__init__(**settings | more)

    def register(self, address: str = ADDRESS, port: int | None = 80) -> None:
        self.targets[address] = {"Port": port}


class Site:
    """What a target answers, in the place of a session: a status, an error, or nothing for ever."""

    def __init__(self, answer: int | Exception | None = 200) -> None:
        self.answer = answer
        self.asked: list[tuple[float, str, dict[str, str]]] = []

    @contextlib.asynccontextmanager
    async def get(self, url: str, *, headers: dict[str, str], allow_redirects: bool) -> AsyncIterator[SimpleNamespace]:
        assert not allow_redirects
        self.asked.append((now(), url, headers))
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        yield SimpleNamespace(status=self.answer)


class Bench:
    """A registry of one group with one target, whose clock is the virtual loop's."""

    def __init__(self, group: Group | None = None, *, listens: bool = True) -> None:
        self.group = group or Group()
        self.groups = {GROUP: self.group}
        addresses = Addresses()
        self.port = addresses.claim(ADDRESS) if listens else None
        backend = SimpleNamespace(target_groups=self.groups)
        self.registry = TargetRegistry(backend=backend, addresses=addresses, clock=now)
        self.site = Site()

    def status(self, *, is_carried: bool = True) -> tuple[str, str | None, str | None] | None:
        return self.registry.status(KEY, is_carried=is_carried)

    def state(self) -> str | None:
        status = self.status()
        return status[0] if status else None

    async def watch(self, seconds: float, *, carried: frozenset[tuple[str, str]] = NOBODY_CARRIES) -> None:
        """Notice and probe, as the controller's loop does."""
        until = now() + seconds
        while now() < until:
            self.registry.notice(carried=carried)
            self.registry.keep_probing(self.site)  # type: ignore[arg-type]
            await asyncio.sleep(0.1)

    def run(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Play a story in virtual time."""

        async def play() -> None:
            try:
                await story()
            finally:
                self.registry.stop_probing()
                await asyncio.sleep(0)

        run_in_virtual_time(play())


def test_a_target_that_nobody_registered_is_unknown() -> None:
    bench = Bench()
    assert bench.status() is None
    assert bench.registry.known(GROUP) == []
    assert bench.registry.rotation(GROUP) == []


def test_a_new_target_is_initial_until_it_was_checked_and_a_proxy_carries_it() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        bench.registry.notice(carried=NOBODY_CARRIES)
        initial = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
        assert bench.status() == initial
        assert bench.registry.known(GROUP) == [(ADDRESS, 80)]
        assert bench.registry.known("arn:other") == []
        assert bench.registry.rotation(GROUP) == []
        await bench.watch(0.2)
        assert bench.registry.rotation(GROUP) == [ADDRESS]
        assert bench.registry.rotation("arn:other") == []
        assert bench.status(is_carried=False) == initial
        assert bench.status() == ("healthy", None, None)

    bench.run(story)


def test_a_target_is_asked_as_the_health_checker_of_aws_asks_at_the_groups_pace() -> None:
    bench = Bench()
    bench.group.register()
    bench.run(lambda: bench.watch(25))
    assert [url for _, url, _ in bench.site.asked] == [f"http://127.0.0.1:{bench.port}/health"] * 3
    assert [headers for *_, headers in bench.site.asked] == [{"User-Agent": "ELB-HealthChecker/2.0"}] * 3
    assert [round(at) for at, *_ in bench.site.asked] == [0, 10, 20]


def test_a_target_that_starts_is_asked_more_often() -> None:
    bench = Bench()
    bench.group.register()
    bench.site.answer = 500
    bench.run(lambda: bench.watch(1))
    assert [round(at, 1) for at, *_ in bench.site.asked] == [0.0, 0.3, 0.6, 0.9]


def test_a_group_that_checks_more_often_than_that_keeps_its_pace() -> None:
    bench = Bench(Group(health_check_interval_seconds="0.2"))
    bench.group.register()
    bench.site.answer = 500
    bench.run(lambda: bench.watch(0.3))
    assert [round(at, 1) for at, *_ in bench.site.asked] == [0.0, 0.2]


@pytest.mark.parametrize(
    ("answer", "reason", "description"),
    [
        (500, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
        (None, "Target.Timeout", "Request timed out"),
        (aiohttp.ClientConnectionError(), "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_an_unhealthy_target_says_why(answer: int | Exception | None, reason: str, description: str) -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.site.answer = answer
        await bench.watch(40)
        assert bench.status() == ("unhealthy", reason, description)

    bench.run(story)


def test_a_check_takes_no_longer_than_the_groups_timeout() -> None:
    bench = Bench()
    bench.group.register()
    bench.site.answer = None
    bench.run(lambda: bench.watch(13))
    assert [round(at, 1) for at, *_ in bench.site.asked] == [0.0, 4.3, 8.6, 12.9]


def test_a_target_without_a_process_times_out_and_nobody_is_asked() -> None:
    bench = Bench(listens=False)
    bench.group.register()

    async def story() -> None:
        await bench.watch(21)
        assert bench.status() == ("unhealthy", "Target.Timeout", "Request timed out")

    bench.run(story)
    assert bench.site.asked == []


def test_a_lambda_function_is_no_target_that_is_checked() -> None:
    bench = Bench()
    bench.group.register("arn:lambda", None)
    bench.group.register()

    async def story() -> None:
        bench.registry.notice(carried=NOBODY_CARRIES)
        assert bench.registry.known(GROUP) == [(ADDRESS, 80)]

    bench.run(story)


def test_a_deregistered_target_drains_and_is_forgotten_after_the_delay() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.group.targets.clear()
        await bench.watch(19.5)
        draining = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
        assert bench.status() == draining
        assert bench.registry.rotation(GROUP) == []
        assert bench.registry.known(GROUP) == [(ADDRESS, 80)]
        await bench.watch(1)
        assert bench.status() is None

    bench.run(story)


def test_a_target_that_a_proxy_still_carries_is_not_forgotten() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.group.targets.clear()
        await bench.watch(30, carried=frozenset({KEY}))
        assert bench.state() == "draining"
        await bench.watch(0.2)
        assert bench.status() is None

    bench.run(story)


def test_a_group_without_a_delay_has_that_of_aws_and_a_group_that_is_gone_has_none() -> None:
    bench = Bench(Group(attributes={}))
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.group.targets.clear()
        await bench.watch(299)
        assert bench.state() == "draining"
        await bench.watch(2)
        assert bench.status() is None
        bench.group.register()
        await bench.watch(1)
        assert bench.state() == "healthy"
        bench.groups.clear()
        await bench.watch(0.3)
        assert bench.status() is None

    bench.run(story)


def test_a_draining_target_is_checked_no_more_and_one_that_comes_back_is_new() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.group.targets.clear()
        await bench.watch(15)
        assert len(bench.site.asked) == 1
        bench.group.register()
        bench.registry.notice(carried=NOBODY_CARRIES)
        assert bench.state() == "initial"
        await bench.watch(0.5)
        assert bench.state() == "healthy"
        assert len(bench.site.asked) == 2

    bench.run(story)


def test_a_health_check_that_cannot_be_read_is_told_once_and_read_again(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Group(health_check_interval_seconds="soon"))
    bench.group.register()

    async def story() -> None:
        await bench.watch(3.5)
        assert bench.state() == "initial"
        assert bench.site.asked == []
        bench.group.health_check_interval_seconds = "10"
        await bench.watch(1)
        assert bench.state() == "healthy"

    with caplog.at_level(logging.ERROR):
        bench.run(story)
    (record,) = caplog.records
    assert "target group group: its health check cannot be read" in record.getMessage()


def test_nothing_is_checked_any_more_once_probing_stops() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        await bench.watch(1)
        bench.registry.stop_probing()
        await asyncio.sleep(60)
        assert len(bench.site.asked) == 1
        await bench.watch(0.2)
        assert len(bench.site.asked) == 2

    bench.run(story)


def test_a_groups_check_settings_are_read_as_the_api_has_them() -> None:
    settings = check_settings(Group(health_check_path=None, matcher=None))
    assert (settings.path, settings.matcher) == ("/", "200")
    assert (settings.interval_seconds, settings.timeout_seconds) == (10.0, 4.0)
    assert (settings.healthy_threshold, settings.unhealthy_threshold) == (3, 2)
    assert check_settings(Group()).path == "/health"
    assert check_settings(Group()).matcher == "200-204"
    assert check_settings(Group(matcher={})).matcher == "200"
