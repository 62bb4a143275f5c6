"""ELBv2 shows the health that is measured, and load balancers where they listen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from moto.elbv2.exceptions import TargetGroupNotFoundError

from embedded.alb.backend import EmbeddedElb

ARN = "arn:group"


class Targets:
    def known(self, group_arn: str) -> list[tuple[str, int]]:
        assert group_arn == ARN
        return [("10.0.0.1", 80), ("10.0.0.2", 81)]

    def status(self, group_arn: str, address: str) -> tuple[str, str | None, str | None] | None:
        assert group_arn == ARN
        return {"10.0.0.1": ("healthy", None, None), "10.0.0.2": ("draining", "Target.X", "why")}.get(address)


@pytest.fixture
def elb(monkeypatch: pytest.MonkeyPatch) -> EmbeddedElb:
    monkeypatch.setattr(EmbeddedElb, "targets", Targets(), raising=False)
    made = EmbeddedElb("us-east-1", "000000000000")
    group: Any = SimpleNamespace(arn=ARN, port=8080)
    made.target_groups[ARN] = group
    return made


def shown(statuses: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.instance_id, one.port, one.health_check_port, one.status, one.reason) for one in statuses]


def test_every_known_target_is_shown_with_its_measured_health(elb: EmbeddedElb) -> None:
    assert shown(elb.describe_target_health(ARN, [])) == [
        ("10.0.0.1", 80, "80", "healthy", None),
        ("10.0.0.2", 81, "81", "draining", "Target.X"),
    ]


def test_a_target_that_is_asked_for_and_none_is_unused(elb: EmbeddedElb) -> None:
    asked: list[dict[str, Any]] = [{"Id": "10.0.0.9"}, {"Id": "10.0.0.1", "Port": 5}]
    assert shown(elb.describe_target_health(ARN, asked)) == [
        ("10.0.0.9", 8080, "8080", "unused", "Target.NotRegistered"),
        ("10.0.0.1", 5, "5", "healthy", None),
    ]


def test_an_unknown_group_is_refused(elb: EmbeddedElb) -> None:
    with pytest.raises(TargetGroupNotFoundError):
        elb.describe_target_health("arn:other", [])


def test_a_load_balancer_is_on_loopback(elb: EmbeddedElb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    subnet = SimpleNamespace(vpc_id="vpc-1")
    monkeypatch.setattr(EmbeddedElb, "ec2_backend", SimpleNamespace(get_subnet=lambda _: subnet), raising=False)
    balancer = elb.create_load_balancer("one", [], ["subnet-1", "subnet-2"], tags=[])
    assert balancer.dns_name == "127.0.0.1"
    assert elb.load_balancers[balancer.arn] is balancer


def test_rules_may_change_places(elb: EmbeddedElb, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {arn: SimpleNamespace(priority=number) for number, arn in ((1, "a"), (2, "b"))}
    monkeypatch.setattr(EmbeddedElb, "describe_rules", lambda _, rule_arns, **__: [rules[arn] for arn in rule_arns])
    wanted = [{"RuleArn": "a", "Priority": 2}, {"RuleArn": "b", "Priority": 1}]
    assert elb.set_rule_priorities(wanted) == list(rules.values())
    assert [rule.priority for rule in rules.values()] == [2, 1]
