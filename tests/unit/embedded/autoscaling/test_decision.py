"""How many tasks a service is to have: who decides, and what cooldowns and limits forbid."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.autoscaling.decision import (
    Decision,
    Limits,
    PolicyMemory,
    PolicyView,
    Raised,
    decide,
    remember,
    settle,
)
from embedded.autoscaling.policies import Metric, StepAdjustment, StepScaling, TargetTracking

METRIC = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions={}, statistic="Average")
LIMITS = Limits(least=2, most=10)


def tracking(name: str = "cpu", *, high: float | None = None, low: float | None = None, **more: Any) -> PolicyView:
    policy = TargetTracking(
        metric=METRIC,
        target=50,
        out_cooldown_seconds=60,
        in_cooldown_seconds=300,
        only_out=more.pop("only_out", False),
    )
    return PolicyView(
        name=name,
        policy=policy,
        high=None if high is None else Raised(alarm=f"{name}-high", value=high, beyond=high - 50),
        low=None if low is None else Raised(alarm=f"{name}-low", value=low, beyond=low - 45),
        **more,
    )


def step(name: str, amount: int, *, beyond: float = 1, **more: Any) -> PolicyView:
    one = StepAdjustment(lower=None, upper=None, amount=amount)
    policy = StepScaling(adjustment_type="ChangeInCapacity", steps=[one], cooldown_seconds=100, least_change=1)
    return PolicyView(name=name, policy=policy, raised=[Raised(alarm=name, value=0, beyond=beyond)], **more)


def decided(*views: PolicyView, current: int = 4, limits: Limits = LIMITS, now: float = 1000, speed: int = 1) -> int:
    found = decide(views, current=current, limits=limits, now=now, speed=speed)
    return current if found is None else found.count


def test_tasks_are_added_in_proportion_and_never_above_the_maximum() -> None:
    assert decided(tracking(high=75)) == 6
    assert decided(tracking(high=500)) == 10
    assert decided(tracking()) == 4


def test_the_policy_that_wants_most_decides() -> None:
    found = decide([tracking(high=60), tracking("memory", high=90), step("rush", 1)], current=4, limits=LIMITS, now=0)
    assert found == Decision(count=8, base=4, policy="memory", alarm="memory-high", adds=True)
    assert found.cause == "monitor alarm memory-high in state ALARM triggered policy memory"


def test_tasks_are_taken_away_when_every_target_allows_it_and_then_the_gentlest_decides() -> None:
    assert decided(tracking(low=10), tracking("memory"), current=8) == 8
    assert decided(tracking(low=10), tracking("memory", low=40), current=8) == 7
    assert decided(tracking(low=10), tracking("memory", only_out=True), current=8) == 2
    assert decided(tracking(only_out=True), current=8) == 8


def test_a_low_alarm_without_a_task_too_many_changes_nothing() -> None:
    assert decided(tracking(low=44), current=2) == 2
    assert decided(tracking(low=1), current=2) == 2


def test_adding_goes_before_taking_away() -> None:
    assert decided(tracking(low=10), step("rush", 2), current=4) == 6


def test_what_is_suspended_or_deploys_is_left() -> None:
    assert decided(tracking(high=75), limits=Limits(least=2, most=10, may_add=False)) == 4
    assert decided(tracking(low=5), limits=Limits(least=2, most=10, may_take=False)) == 4


@pytest.mark.parametrize(("high", "low", "count"), [(75, None, 2), (None, 40, 1)])
def test_a_count_below_the_minimum_is_raised_by_adding_only(high: float | None, low: float | None, count: int) -> None:
    assert decided(tracking(high=high, low=low), current=1) == count


@pytest.mark.parametrize(("high", "low", "count"), [(75, None, 12), (None, 44, 10)])
def test_a_count_above_the_maximum_is_lowered_by_taking_away_only(
    high: float | None, low: float | None, count: int
) -> None:
    assert decided(tracking(high=high, low=low), current=12) == count


def test_in_a_cooldown_what_was_added_counts_as_part_of_what_is_wanted() -> None:
    cooling = PolicyMemory(base=2, out_since=990)
    assert decided(tracking(high=100, memory=cooling), current=4) == 4, "two tasks at 100 % are four at 50 %"
    assert decided(tracking(high=200, memory=cooling), current=4) == 8, "a larger addition is made at once"
    assert decided(tracking(high=100, memory=cooling), current=4, now=1050) == 8, "the cooldown is over"
    assert decided(tracking(high=100, memory=cooling), current=4, now=1010, speed=3) == 8, "three times as fast"
    assert decided(tracking(high=100, memory=PolicyMemory(base=2)), current=4, now=1e9) == 4, "not there yet"


def test_a_count_that_was_lowered_by_hand_ends_what_a_cooldown_counted() -> None:
    assert decided(tracking(high=100, memory=PolicyMemory(base=4, out_since=990)), current=3) == 6


def test_in_a_cooldown_of_taking_away_no_more_are_taken_but_some_added() -> None:
    cooling = PolicyMemory(in_since=900)
    assert decided(tracking(low=10, memory=cooling), current=8) == 8
    assert decided(tracking(low=10, memory=cooling), current=8, now=1200) == 2
    assert decided(tracking(high=75, memory=cooling), current=4) == 6
    assert decided(tracking(low=10), tracking("memory", low=10, memory=cooling), current=8) == 8


def test_steps_take_away_and_wait_for_their_own_cooldown() -> None:
    assert decided(step("calm", -1), current=5) == 4
    assert decided(step("calm", -1, memory=PolicyMemory(in_since=950)), current=5) == 5
    assert decided(step("rush", 1, memory=PolicyMemory(base=4, out_since=950)), current=5) == 5
    assert decided(step("rush", 3, memory=PolicyMemory(base=4, out_since=950)), current=5) == 7


def test_a_cooldown_begins_when_the_tasks_are_there() -> None:
    memories = {"cpu": PolicyMemory(), "calm": PolicyMemory(in_since=10)}
    remember(memories, Decision(count=6, base=4, policy="cpu", alarm="a", adds=True), now=100)
    assert memories["cpu"] == PolicyMemory(base=4)
    assert memories["calm"].in_since is None, "adding ends the cooldown of taking away"
    settle(memories, began=100, now=130)
    assert memories["cpu"] == PolicyMemory(base=4, out_since=130)
    remember(memories, Decision(count=5, base=6, policy="calm", alarm="b", adds=False), now=500)
    settle(memories, began=500, now=520)
    assert memories["calm"].in_since == 520
