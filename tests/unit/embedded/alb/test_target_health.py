"""States of a target: initial, healthy, unhealthy, draining, by the group's own settings."""

from __future__ import annotations

import pytest

from embedded.alb.health import CheckSettings, Probe, TargetHealth, in_rotation

SETTINGS = CheckSettings(
    path="/",
    interval_seconds=5,
    timeout_seconds=2,
    healthy_threshold=3,
    unhealthy_threshold=2,
    matcher="200,202-204",
)
GOOD = Probe(ok=True)
BAD = Probe(ok=False, reason="Target.ResponseCodeMismatch", description="Health checks failed with these codes: [500]")


def observed(*probes: Probe, every_seconds: float = 5.0) -> TargetHealth:
    health = TargetHealth(address="10.0.0.1", port=80, registered_at=0.0)
    for number, probe in enumerate(probes):
        health.observe(probe, now=number * every_seconds, settings=SETTINGS)
    return health


def test_a_new_target_is_healthy_after_one_success() -> None:
    assert observed().state == "initial"
    assert observed(GOOD).state == "healthy"


def test_a_healthy_target_takes_the_threshold_of_failures() -> None:
    assert observed(GOOD, BAD).state == "healthy"
    lost = observed(GOOD, BAD, BAD)
    assert (lost.state, lost.reason) == ("unhealthy", "Target.ResponseCodeMismatch")


def test_an_unhealthy_target_takes_the_threshold_of_successes() -> None:
    assert observed(GOOD, BAD, BAD, GOOD, GOOD).state == "unhealthy"
    assert observed(GOOD, BAD, BAD, GOOD, GOOD, GOOD).state == "healthy"


def test_failures_of_a_starting_target_count_once_an_interval() -> None:
    assert observed(BAD, BAD, BAD, every_seconds=0.3).state == "initial"
    assert observed(BAD, BAD, every_seconds=5.0).state == "unhealthy"


def test_a_draining_target_stays_until_the_delay_is_over_whatever_its_checks_say() -> None:
    health = observed(GOOD)
    health.drain(now=10.0, delay_seconds=5.0)
    health.drain(now=14.0, delay_seconds=5.0)
    health.observe(GOOD, now=12.0, settings=SETTINGS)
    assert health.state == "draining"
    assert not health.drained(now=14.9)
    assert health.drained(now=15.0)


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (201, False), (202, True), (204, True), (205, False)])
def test_the_matcher_takes_codes_and_ranges(status: int, accepted: bool) -> None:
    assert SETTINGS.accepts(status) is accepted


def test_only_healthy_targets_are_in_rotation() -> None:
    healthy, starting, unhealthy = observed(GOOD), observed(), observed(BAD, BAD)
    assert in_rotation([healthy, starting, unhealthy]) == [healthy]


def test_all_unhealthy_targets_get_requests_when_none_is_healthy() -> None:
    starting, unhealthy = observed(), observed(BAD, BAD)
    assert in_rotation([starting, unhealthy]) == [unhealthy]
