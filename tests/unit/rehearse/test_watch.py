from __future__ import annotations

from typing import Any

import pytest

from rehearse.watch import Observer
from tests.unit.pages import Paginated
from tests.unit.rehearse.stories import counts


class Api(Paginated):
    """Answers of ECS and ELB for one service ``like`` beside the monolith, and somebody else's load balancer."""

    def __init__(self, *, rules: list[dict[str, Any]]) -> None:
        self._rules = rules

    def describe_target_groups(self) -> dict[str, Any]:
        names = ("mysfits-t-like", "mysfits-t-like-c", "mysfits-t-monolith", "mysfits-t-monolith-f", "other-like")
        return {"TargetGroups": [{"TargetGroupArn": f"arn:{name}", "TargetGroupName": name} for name in names]}

    def describe_target_health(self, TargetGroupArn: str) -> dict[str, Any]:
        assert "other" not in TargetGroupArn
        assert not TargetGroupArn.endswith(("-c", "-f")), "only its own group tells a service's health"
        states = ("healthy", "draining", "healthy") if TargetGroupArn.endswith("monolith") else ("initial",)
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}

    def list_services(self, **_: str) -> dict[str, Any]:
        return {"serviceArns": ["a"]}

    def describe_services(self, **_: Any) -> dict[str, Any]:
        common = {"desiredCount": 2, "pendingCount": 0, "deployments": [{}]}
        return {
            "services": [
                {"serviceName": "mysfits-t-monolith", "status": "ACTIVE", "runningCount": 2, **common},
                {"serviceName": "mysfits-t-like", "status": "DRAINING", "runningCount": 1, **common},
                {"serviceName": "mysfits-t-gone", "status": "INACTIVE", "runningCount": 0, **common},
            ]
        }

    def describe_load_balancers(self, *, Names: list[str]) -> dict[str, Any]:
        return {"LoadBalancers": [{"LoadBalancerName": name, "LoadBalancerArn": name} for name in Names]}

    def describe_listeners(self, LoadBalancerArn: str) -> dict[str, Any]:
        assert LoadBalancerArn == "mysfits-t"
        return {"Listeners": [{"ListenerArn": "listener", "Port": 8080}, {"ListenerArn": "somebody's", "Port": 9}]}

    def describe_rules(self, ListenerArn: str) -> dict[str, Any]:
        assert ListenerArn == "listener"
        return {"Rules": self._rules}


def rule(pattern: str | None, *targets: tuple[str, int]) -> dict[str, Any]:
    groups = [{"TargetGroupArn": f"arn:mysfits-t-{name}", "Weight": weight} for name, weight in targets]
    conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [pattern]}}] if pattern else []
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}} if targets else {"Type": "fixed-response"}
    return {"Conditions": conditions, "Actions": [action]}


def observer(*rules: dict[str, Any]) -> Observer:
    api = Api(rules=list(rules))
    return Observer(lambda _: api, environment="mysfits-t", services=("monolith", "like", "gone"), port=8080)


def test_a_sample_has_the_counts_of_each_service_that_is_there() -> None:
    sample = observer().sample()
    assert sample.services["monolith"] == counts()
    assert sample.services["like"] == counts(running=1, healthy=0)
    assert set(sample.services) == {"monolith", "like"}


def test_weights_are_percent_of_each_path() -> None:
    sample = observer(
        rule("/mysfits/*/like", ("monolith", 90), ("like", 10)), rule("/*", ("monolith", 1)), rule(None)
    ).sample()
    assert sample.weights == {"/mysfits/*/like": {"monolith": 90.0, "like": 10.0}, "/*": {"monolith": 100.0}}


def test_what_others_leave_to_the_monolith_is_the_monoliths() -> None:
    sample = observer(rule("/mysfits/*/like", ("monolith-f", 90), ("like", 9), ("like-c", 1))).sample()
    assert sample.weights == {"/mysfits/*/like": {"monolith": 90.0, "like": 10.0}}


def test_the_share_that_testers_pick_is_not_that_of_visitors() -> None:
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["new:key"]}}
    preview = rule("/*", ("like", 100))
    preview["Conditions"].append(header)
    assert observer(rule("/*", ("monolith", 1)), preview).sample().weights == {"/*": {"monolith": 100.0}}


def test_what_a_canary_gets_its_service_gets() -> None:
    sample = observer(rule("/mysfits/*/like", ("monolith", 50), ("like", 45), ("like-c", 5))).sample()
    assert sample.weights == {"/mysfits/*/like": {"monolith": 50.0, "like": 50.0}}


@pytest.mark.parametrize(
    ("seen", "steady"),
    [
        (counts(), True),
        (counts(healthy=1), False),
        (counts(running=1), False),
        (counts(deployments=2), False),
        (counts(healthy=3), True),
    ],
)
def test_a_service_is_steady_when_all_its_tasks_serve_and_nothing_is_rolled(seen: Any, steady: bool) -> None:
    assert seen.steady is steady
