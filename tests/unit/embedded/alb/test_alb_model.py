"""The model refuses what no load balancer would take."""

from __future__ import annotations

import pytest

from embedded.alb.actions import FixedResponse, Forward, WeightedGroup
from embedded.alb.conditions import PathPattern
from embedded.alb.model import Listener, Rule
from embedded.alb.targets import Target, TargetGroup

LIKE = TargetGroup(name="like", targets=(Target(host="127.0.0.1", port=1001),))
OK = FixedResponse(status=200)


def _to(group: TargetGroup) -> Forward:
    return Forward(groups=(WeightedGroup(group=group, weight=1),))


@pytest.mark.parametrize("weight", [-1, 1000])
def test_weight_outside_0_to_999_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match="not within 0 to 999"):
        WeightedGroup(group=LIKE, weight=weight)


@pytest.mark.parametrize("groups", [(), (WeightedGroup(group=LIKE, weight=1), WeightedGroup(group=LIKE, weight=2))])
def test_forward_to_no_group_or_one_twice_is_refused(groups: tuple[WeightedGroup, ...]) -> None:
    with pytest.raises(ValueError, match="different target groups"):
        Forward(groups=groups)


@pytest.mark.parametrize("status", [100, 302, 600])
def test_fixed_response_with_another_status_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match="2xx, 4xx or 5xx"):
        FixedResponse(status=status)


def test_two_rules_of_one_priority_are_refused() -> None:
    rule = Rule(priority=1, conditions=(), action=OK)
    with pytest.raises(ValueError, match="share a priority"):
        Listener(port=80, rules=(rule, rule), default=OK)


def test_two_conditions_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two conditions of one kind"):
        Rule(priority=1, conditions=(PathPattern(values=("/a",)), PathPattern(values=("/b",))), action=OK)


def test_one_group_with_two_sets_of_targets_is_refused() -> None:
    rule = Rule(priority=1, conditions=(), action=_to(LIKE))
    with pytest.raises(ValueError, match="different targets"):
        Listener(port=80, rules=(rule,), default=_to(TargetGroup(name="like")))
