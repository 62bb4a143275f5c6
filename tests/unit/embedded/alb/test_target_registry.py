"""Targets come, are checked at their group's pace, drain and are forgotten."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import pytest

from embedded.alb.health import Hosts
from embedded.alb.target_registry import check_settings
from tests.unit.embedded.alb.target_bench import ADDRESS, GROUP, KEY, NONE_IN_SERVICE, Bench, Group


def test_a_target_that_nobody_registered_is_unknown() -> None:
    bench = Bench()
    assert bench.status() is None
    assert bench.registry.known(GROUP) == []
    assert bench.registry.rotation(GROUP) == []


def test_a_new_target_is_initial_until_it_was_checked_and_a_proxy_carries_it() -> None:
    bench = Bench()
    bench.group.register()

    async def story() -> None:
        bench.registry.notice(in_service=NONE_IN_SERVICE)
        initial = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
        assert bench.status() == initial
        assert bench.registry.known(GROUP) == [(ADDRESS, 80)]
        assert bench.registry.known("arn:other") == []
        assert bench.registry.rotation(GROUP) == []
        await bench.watch(0.2)
        assert bench.registry.rotation(GROUP) == [ADDRESS]
        assert bench.registry.rotation("arn:other") == []
        assert bench.status(is_in_service=False) == initial
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
        bench.registry.notice(in_service=NONE_IN_SERVICE)
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
        await bench.watch(30, in_service=frozenset({KEY}))
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
        bench.registry.notice(in_service=NONE_IN_SERVICE)
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


def test_a_groups_hosts_are_counted_by_their_state() -> None:
    bench = Bench()
    for number in range(1, 5):
        bench.group.register(f"10.0.0.{number}")
    bench.groups["arn:other"] = Group(targets={})
    bench.groups["arn:other"].register()

    async def story() -> None:
        bench.registry.notice(in_service=NONE_IN_SERVICE)

    bench.run(story)
    states: tuple[Any, ...] = ("healthy", "unhealthy", "unhealthy", "initial")
    for number, state in enumerate(states, start=1):
        bench.registry._health[GROUP, f"10.0.0.{number}"].state = state
    assert bench.registry.hosts(GROUP) == Hosts(healthy=1, unhealthy=2)
    assert bench.registry.hosts("arn:other") == Hosts(healthy=0, unhealthy=0)
    assert bench.registry.hosts("arn:gone") == Hosts(healthy=0, unhealthy=0)
