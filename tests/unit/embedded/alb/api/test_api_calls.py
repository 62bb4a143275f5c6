"""The ELBv2 API asks its checks, which have tests of their own, before it changes anything, and gives AWS's codes."""

from __future__ import annotations

import itertools
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.elbv2.models import elbv2_backends

from tests.alb_api_cases import (
    BAD_CHECKS,
    BAD_CONDITIONS,
    BALANCER_ATTRIBUTES,
    GOOD_CONDITIONS,
    GROUP_ATTRIBUTES,
    Data,
    bad_actions,
    fixed,
    forward,
    good_actions,
    path,
    redirect,
)
from tests.unit.embedded.alb.api.balanced_api import Api, ports, refused

_numbers = itertools.count(1)


@pytest.mark.parametrize("conditions", GOOD_CONDITIONS[-2:])
def test_conditions_that_aws_takes_are_taken(api: Api, conditions: list[Data]) -> None:
    made = api.elb.create_rule(
        ListenerArn=api.listener, Conditions=conditions, Priority=1000 + next(_numbers), Actions=[fixed()]
    )
    api.elb.delete_rule(RuleArn=made["Rules"][0]["RuleArn"])


@pytest.mark.parametrize("conditions", BAD_CONDITIONS[:4], ids=repr)
def test_conditions_that_aws_refuses_are_refused(api: Api, conditions: list[Data]) -> None:
    rule = {"ListenerArn": api.listener, "Conditions": conditions, "Priority": 1000, "Actions": [fixed()]}
    assert refused(api.elb.create_rule, **rule) == "ValidationError"
    if conditions:
        assert refused(api.elb.modify_rule, RuleArn=api.rule, Conditions=conditions) == "ValidationError"
    found = api.elb.describe_rules(RuleArns=[api.rule])["Rules"][0]
    assert found["Conditions"][0]["PathPatternConfig"] == {"Values": ["/taken"]}


def test_actions_that_aws_refuses_are_refused_everywhere(api: Api) -> None:
    found, elb = [], api.elb
    rule = {"ListenerArn": api.listener, "Conditions": [path("/x")], "Priority": 2000}
    listener = {"LoadBalancerArn": api.balancer, "Protocol": "HTTP"}
    cases = bad_actions(api.groups, tcp_group=api.tcp_group, sticky_group=api.sticky_group, port=api.port)
    for code, actions in cases:
        codes = [refused(elb.create_rule, **rule, Actions=actions)]
        if actions:
            codes.append(refused(elb.modify_rule, RuleArn=api.rule, Actions=actions))
            codes.append(refused(elb.modify_listener, ListenerArn=api.listener, DefaultActions=actions))
        if str(api.port) not in str(actions):  # which loops on that port alone
            codes.append(refused(elb.create_listener, **listener, Port=next(ports), DefaultActions=actions))
        if set(codes) != {code}:
            found.append((actions, code, codes))
    assert found == []


def test_actions_that_aws_takes_are_taken(api: Api) -> None:
    for actions in good_actions(api.groups, sticky_group=api.sticky_group):
        api.elb.modify_rule(RuleArn=api.rule, Actions=actions)
    api.elb.modify_rule(RuleArn=api.rule, Actions=[fixed()])


def test_priorities(api: Api) -> None:
    rule = {"ListenerArn": api.listener, "Conditions": [path("/p")], "Actions": [fixed()]}
    assert refused(api.elb.create_rule, **rule, Priority=0) == "ValidationError"
    assert refused(api.elb.create_rule, **rule, Priority=50_001) == "ValidationError"
    assert refused(api.elb.create_rule, **rule, Priority=1) == "PriorityInUse"
    other = api.elb.create_rule(**rule, Priority=50_000)["Rules"][0]["RuleArn"]

    def priorities(**arns: int) -> list[Data]:
        named = {"rule": api.rule, "other": other, "default": api.default_rule, "nobody": f"{api.rule}0"}
        return [{"RuleArn": named[name], "Priority": priority} for name, priority in arns.items()]

    def refusal(**arns: int) -> str:
        return refused(api.elb.set_rule_priorities, RulePriorities=priorities(**arns))

    assert refusal(other=1) == "PriorityInUse"
    assert refusal(other=7, rule=7) == "ValidationError"
    assert refusal(other=0) == "ValidationError"
    assert refusal(default=3) == "OperationNotPermitted"
    assert refusal(nobody=3) == "RuleNotFound"
    api.elb.set_rule_priorities(RulePriorities=priorities(rule=50_000, other=1))
    api.elb.set_rule_priorities(RulePriorities=priorities(rule=1, other=50_000))
    assert refused(api.elb.delete_rule, RuleArn=api.default_rule) == "OperationNotPermitted"
    assert refused(api.elb.modify_rule, RuleArn=api.default_rule, Actions=[fixed()]) == "OperationNotPermitted"
    assert refused(api.elb.modify_rule, RuleArn=api.rule) == "ValidationError"
    api.elb.delete_rule(RuleArn=other)


def test_listeners(api: Api) -> None:
    new = {"LoadBalancerArn": api.balancer, "DefaultActions": [fixed()]}
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=api.port) == "DuplicateListener"
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=0) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="HTTP", Port=65_536) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="TCP", Port=next(ports)) == "ValidationError"
    assert refused(api.elb.create_listener, **new, Protocol="HTTPS", Port=next(ports)) == "ValidationError"
    arn = boto3.client("acm", "us-east-1").request_certificate(DomainName="shop.example")["CertificateArn"]
    secure = {**new, "Protocol": "HTTPS", "Certificates": [{"CertificateArn": arn}]}
    asking = {"MutualAuthentication": {"Mode": "verify", "TrustStoreArn": "arn:store"}}
    assert refused(api.elb.create_listener, **secure, Port=next(ports), **asking) == "ValidationError"
    listener = api.elb.create_listener(**secure, Port=next(ports))["Listeners"][0]["ListenerArn"]
    assert refused(api.elb.modify_listener, ListenerArn=listener, **asking) == "ValidationError"
    api.elb.modify_listener(ListenerArn=listener, MutualAuthentication={"Mode": "off"})
    nobody = api.balancer.replace("/api/", "/nobody/")
    call = {"LoadBalancerArn": nobody, "DefaultActions": [fixed()], "Protocol": "HTTP", "Port": 1}
    assert refused(api.elb.create_listener, **call) == "LoadBalancerNotFound"
    assert refused(api.elb.modify_listener, ListenerArn=f"{api.listener}0", Port=1) == "ListenerNotFound"


@pytest.mark.parametrize("check", [BAD_CHECKS[0], BAD_CHECKS[6]], ids=repr)
def test_health_checks_that_aws_refuses_are_refused(api: Api, check: Data) -> None:
    new = {"Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": api.vpc, "TargetType": "ip"}
    assert refused(api.elb.create_target_group, **new, **check) == "ValidationError"
    assert refused(api.elb.modify_target_group, TargetGroupArn=api.groups[0], **check) == "ValidationError"


@pytest.mark.parametrize(("key", "bad", "good"), GROUP_ATTRIBUTES[:1])
def test_target_group_attributes(api: Api, key: str, bad: tuple[str, ...], good: tuple[str, ...]) -> None:
    def modify(value: str) -> Data:
        return {"TargetGroupArn": api.groups[5], "Attributes": [{"Key": key, "Value": value}]}

    assert {refused(api.elb.modify_target_group_attributes, **modify(value)) for value in bad} == {"ValidationError"}
    for value in good:
        api.elb.modify_target_group_attributes(**modify(value))


def test_target_stickiness_is_refused_behind_a_weighted_rule_without_group_stickiness(api: Api) -> None:
    api.elb.modify_rule(RuleArn=api.rule, Actions=[forward(api.groups[0], api.groups[1])])
    call = {"TargetGroupArn": api.groups[0], "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]}
    assert refused(api.elb.modify_target_group_attributes, **call) == "InvalidConfigurationRequest"
    api.elb.modify_rule(RuleArn=api.rule, Actions=[fixed()])
    api.elb.modify_target_group_attributes(**call)
    call["Attributes"] = [{"Key": "stickiness.type", "Value": "app_cookie"}]
    assert refused(api.elb.modify_target_group_attributes, **call) == "InvalidConfigurationRequest"
    call["Attributes"] = [{"Key": "stickiness.enabled", "Value": "false"}]
    api.elb.modify_target_group_attributes(**call)


@pytest.mark.parametrize(("key", "bad", "good"), BALANCER_ATTRIBUTES[:1])
def test_load_balancer_attributes(api: Api, key: str, bad: tuple[str, ...], good: tuple[str, ...]) -> None:
    def modify(value: str) -> Data:
        return {"LoadBalancerArn": api.balancer, "Attributes": [{"Key": key, "Value": value}]}

    assert {refused(api.elb.modify_load_balancer_attributes, **modify(value)) for value in bad} == {"ValidationError"}
    for value in good:
        api.elb.modify_load_balancer_attributes(**modify(value))


def test_a_health_check_that_does_not_fit_what_the_group_has_is_refused(api: Api) -> None:
    nobody = f"{api.groups[0]}0"
    check = {"HealthCheckTimeoutSeconds": 30}
    assert refused(api.elb.modify_target_group, TargetGroupArn=api.groups[0], **check) == "ValidationError"
    assert refused(api.elb.modify_target_group, TargetGroupArn=nobody, **check) == "TargetGroupNotFound"
    call = {"TargetGroupArn": nobody, "Attributes": [{"Key": "stickiness.enabled", "Value": "true"}]}
    assert refused(api.elb.modify_target_group_attributes, **call) == "TargetGroupNotFound"


def test_the_listener_of_a_rule_decides_what_its_actions_may_be(api: Api) -> None:
    rule = {"Conditions": [path("/l")], "Priority": 3000, "Actions": [fixed()]}
    assert refused(api.elb.create_rule, ListenerArn=f"{api.listener}0", **rule) == "ListenerNotFound"
    assert refused(api.elb.modify_rule, RuleArn=f"{api.rule}0", Actions=[fixed()]) == "RuleNotFound"
    assert refused(api.elb.delete_rule, RuleArn=f"{api.rule}0") == "RuleNotFound"
    loop = redirect(Port=str(api.port))
    assert (
        refused(api.elb.modify_listener, ListenerArn=api.listener, DefaultActions=[loop]) == "InvalidLoadBalancerAction"
    )
    moved = api.elb.modify_listener(ListenerArn=api.listener, Port=next(ports), DefaultActions=[loop])
    assert moved["Listeners"][0]["Port"] != api.port
    api.elb.modify_listener(ListenerArn=api.listener, Port=api.port, DefaultActions=[fixed()])


def test_a_listener_moves_to_no_port_that_another_one_has(api: Api) -> None:
    new = {"LoadBalancerArn": api.balancer, "DefaultActions": [fixed()], "Protocol": "HTTP"}
    other = api.elb.create_listener(**new, Port=next(ports))["Listeners"][0]
    call = {"ListenerArn": other["ListenerArn"]}
    assert refused(api.elb.modify_listener, **call, Port=api.port) == "DuplicateListener"
    assert refused(api.elb.modify_listener, **call, Protocol="TCP") == "ValidationError"
    api.elb.modify_listener(**call, Port=other["Port"])
    api.elb.delete_listener(**call)


def test_rules_change_places_within_one_listener_only(api: Api) -> None:
    new = {"LoadBalancerArn": api.balancer, "DefaultActions": [fixed()], "Protocol": "HTTP"}
    other = api.elb.create_listener(**new, Port=next(ports))["Listeners"][0]["ListenerArn"]
    rule = api.elb.create_rule(ListenerArn=other, Conditions=[path("/o")], Priority=1, Actions=[fixed()])["Rules"][0]
    both = [{"RuleArn": api.rule, "Priority": 1}, {"RuleArn": rule["RuleArn"], "Priority": 2}]
    assert refused(api.elb.set_rule_priorities, RulePriorities=both) == "InvalidConfigurationRequest"
    moved = api.elb.set_rule_priorities(RulePriorities=both[1:])["Rules"]
    assert [(one["RuleArn"], one["Priority"]) for one in moved] == [(rule["RuleArn"], "2")]
    api.elb.delete_listener(ListenerArn=other)


def test_transforms_of_a_rule_are_kept_until_they_are_reset(api: Api) -> None:
    rewrite = {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/a", "Replace": "/b"}]}}

    def changed(**more: Any) -> list[Any]:
        api.elb.modify_rule(RuleArn=api.rule, Actions=[fixed()], **more)
        return _transforms(api)

    assert len(changed(Transforms=[rewrite])) == 1
    assert len(changed()) == 1
    assert changed(ResetTransforms=True) == []


def _transforms(api: Api) -> list[Any]:
    """What the record of the rule has; the API of this version does not show it."""
    backend = elbv2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    rules = backend.load_balancers[api.balancer].listeners[api.listener].rules
    record: Any = rules[api.rule]
    return list(record.transforms)


def test_a_network_load_balancer_is_left_to_moto(api: Api) -> None:
    subnets = api.elb.describe_load_balancers()["LoadBalancers"][0]["AvailabilityZones"]
    made = api.elb.create_load_balancer(Name="network", Type="network", Subnets=[subnets[0]["SubnetId"]])
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    tcp = {"Type": "forward", "TargetGroupArn": api.tcp_group}
    listener = api.elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=api.port, DefaultActions=[tcp])
    assert listener["Listeners"][0]["Port"] == api.port
    api.elb.delete_load_balancer(LoadBalancerArn=arn)


@pytest.mark.parametrize("name", ["-api", "api-", "internal-api", "a b", "a" * 33])
def test_a_load_balancer_has_a_name_that_aws_takes(api: Api, name: str) -> None:
    assert refused(api.elb.create_load_balancer, Name=name, Subnets=api.subnets) == "ValidationError"


def test_an_application_load_balancer_is_in_two_subnets(api: Api) -> None:
    assert refused(api.elb.create_load_balancer, Name="narrow", Subnets=api.subnets[:1]) == "ValidationError"
    one = api.elb.create_load_balancer(Name="network", Subnets=api.subnets[:1], Type="network")["LoadBalancers"][0]
    api.elb.delete_load_balancer(LoadBalancerArn=one["LoadBalancerArn"])
    mappings = [{"SubnetId": subnet} for subnet in api.subnets]
    assert refused(api.elb.create_load_balancer, Name="mapped", SubnetMappings=mappings[:1]) == "ValidationError"
    one, again = (
        api.elb.create_load_balancer(Name="mapped", SubnetMappings=mappings)["LoadBalancers"][0] for _ in range(2)
    )
    assert one["LoadBalancerArn"] == again["LoadBalancerArn"]
    api.elb.delete_load_balancer(LoadBalancerArn=one["LoadBalancerArn"])


def test_the_same_load_balancer_again_is_the_one_that_is_there_and_another_of_its_name_is_refused(api: Api) -> None:
    again = api.elb.create_load_balancer(Name="api", Subnets=list(reversed(api.subnets)))["LoadBalancers"]
    assert [one["LoadBalancerArn"] for one in again] == [api.balancer]
    internal = {"Name": "api", "Subnets": api.subnets, "Scheme": "internal"}
    assert refused(api.elb.create_load_balancer, **internal) == "DuplicateLoadBalancerName"


def test_what_is_protected_is_not_deleted(api: Api) -> None:
    made = api.elb.create_load_balancer(Name="protected", Subnets=api.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    api.elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)
    assert refused(api.elb.delete_load_balancer, LoadBalancerArn=made) == "OperationNotPermitted"
    attributes[0]["Value"] = "false"
    api.elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)
    api.elb.delete_load_balancer(LoadBalancerArn=made)
