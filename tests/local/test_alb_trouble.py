"""Through the API: what one rule, listener or load balancer has wrong is its own trouble, and no one else's."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from cli import daemon_health
from tests.support import EmbeddedAws, local_settings, quiet_port, quiet_ports, running_embedded_aws, wait_for


def fixed(body: str) -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": body}}


def path(*values: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("alb-trouble"))) as running:
        yield running


@pytest.fixture(scope="module")
def elb(aws: EmbeddedAws) -> Any:
    return aws.client("elbv2")


@pytest.fixture(scope="module")
def subnets(aws: EmbeddedAws) -> list[str]:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]


@pytest.fixture
def balancer(elb: Any, subnets: list[str]) -> Iterator[str]:
    yield from _balancer(elb, subnets)


@pytest.fixture
def other_balancer(elb: Any, subnets: list[str]) -> Iterator[str]:
    yield from _balancer(elb, subnets)


def _balancer(elb: Any, subnets: list[str]) -> Iterator[str]:
    name = f"lb-{uuid.uuid4().hex[:8]}"
    arn: str = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    yield arn
    for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        elb.delete_listener(ListenerArn=listener["ListenerArn"])
    elb.delete_load_balancer(LoadBalancerArn=arn)


def listen(elb: Any, balancer: str, port: int, *, default: dict[str, Any]) -> str:
    created = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[default])
    return str(created["Listeners"][0]["ListenerArn"])


def get(port: int, target: str = "/", **options: Any) -> tuple[int, str]:
    try:
        answer = requests.get(f"http://127.0.0.1:{port}{target}", timeout=5, allow_redirects=False, **options)
    except requests.ConnectionError:
        return (0, "")
    return answer.status_code, answer.text


def answers(port: int, target: str, expected: tuple[int, str]) -> None:
    """Wait until the listener answers as expected."""
    wait_for(lambda: get(port, target) == expected, what=f"{target} is answered {expected}")


def warnings(aws: EmbeddedAws) -> list[str]:
    return [text for _, text in daemon_health.warning_rows(aws.settings.state_dir)]


def test_every_kind_of_condition_and_action_is_served_beside_the_others(elb: Any, balancer: str) -> None:
    port = quiet_port()
    listener = listen(elb, balancer, port, default=fixed("default"))
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Key", "Values": ["a*"]}}
    other = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Key", "Values": ["*b"]}}
    query = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "version", "Value": "v?"}]}}
    source = {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.0/8"]}}
    elsewhere = {"Field": "source-ip", "SourceIpConfig": {"Values": ["203.0.113.0/24", "2001:db8::/32"]}}
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
    for priority, (conditions, action) in enumerate(
        (
            ([header, other], fixed("headers")),
            ([query], fixed("query")),
            ([elsewhere], fixed("elsewhere")),
            ([source, path("/here")], fixed("here")),
            ([path("/old/*")], redirect),
        ),
        start=1,
    ):
        elb.create_rule(ListenerArn=listener, Conditions=conditions, Priority=priority, Actions=[action])
    answers(port, "/here", (200, "here"))
    wait_for(lambda: get(port, "/old/x")[0] == 301, what="the last rule is in force")
    assert get(port, "/", headers={"X-Key": "A-B"}) == (200, "headers")
    assert get(port, "/", headers={"X-Key": "a"}) == (200, "default")
    assert get(port, "/?x=1&VERSION=V2") == (200, "query")
    moved = requests.get(f"http://127.0.0.1:{port}/old/x?y=z", timeout=5, allow_redirects=False)
    assert moved.headers["Location"] == "https://127.0.0.1:443/old/x?y=z"


def test_rule_that_cannot_be_served_answers_501_and_is_named(aws: EmbeddedAws, elb: Any, balancer: str) -> None:
    port = quiet_port()
    listener = listen(elb, balancer, port, default=fixed("default"))
    function = elb.create_target_group(Name=f"fn-{uuid.uuid4().hex[:8]}", TargetType="lambda")["TargetGroups"][0]
    forward = {"Type": "forward", "TargetGroupArn": function["TargetGroupArn"]}
    elb.create_rule(ListenerArn=listener, Conditions=[path("/other")], Priority=2, Actions=[fixed("other")])
    created = elb.create_rule(ListenerArn=listener, Conditions=[path("/fn")], Priority=1, Actions=[forward])
    arn = created["Rules"][0]["RuleArn"]
    elb.register_targets(
        TargetGroupArn=function["TargetGroupArn"], Targets=[{"Id": "arn:aws:lambda:us-east-1:1:function:f"}]
    )
    wait_for(lambda: get(port, "/fn")[0] == 501, what="the rule is not served")
    assert "Lambda" in get(port, "/fn")[1]
    assert get(port, "/other") == (200, "other")
    assert get(port, "/") == (200, "default")
    assert [text for text in warnings(aws) if arn in text]
    elb.modify_listener(ListenerArn=listener, DefaultActions=[forward])
    wait_for(lambda: get(port, "/")[0] == 501, what="nor is the default")
    assert get(port, "/other") == (200, "other")
    elb.delete_rule(RuleArn=arn)
    elb.modify_listener(ListenerArn=listener, DefaultActions=[fixed("again")])
    answers(port, "/fn", (200, "again"))
    wait_for(lambda: warnings(aws) == [], what="no warning is left")
    assert (aws.settings.state_dir / "daemon.log").read_text().count(arn) == 1


def test_listeners_of_two_load_balancers_are_served_and_a_taken_port_is_one_listeners_trouble(
    aws: EmbeddedAws, elb: Any, balancer: str, other_balancer: str
) -> None:
    first, second, third = quiet_ports(3)
    owner = listen(elb, balancer, first, default=fixed("first"))
    listen(elb, balancer, second, default=fixed("second"))
    late = listen(elb, other_balancer, first, default=fixed("late"))
    with socket.create_server(("127.0.0.1", third)):
        blocked = listen(elb, other_balancer, third, default=fixed("third"))
        answers(first, "/", (200, "first"))
        answers(second, "/", (200, "second"))
        wait_for(lambda: len(warnings(aws)) == 2, what="both are told")
        told = {arn: text for text in warnings(aws) for arn in (late, blocked) if arn in text}
        assert owner in told[late]
        assert f"Port {third} is in use" in told[blocked]
        assert "the listener's port" in told[blocked]
        elb.create_rule(ListenerArn=owner, Conditions=[path("/a")], Priority=1, Actions=[fixed("a")])
        answers(first, "/a", (200, "a"))
    answers(third, "/", (200, "third"))
    elb.delete_listener(ListenerArn=owner)
    answers(first, "/", (200, "late"))
    wait_for(lambda: warnings(aws) == [], what="no warning is left")


def test_what_aws_refuses_is_refused_with_its_code_and_what_is_served_stays(elb: Any, balancer: str) -> None:
    port = quiet_port()
    listener = listen(elb, balancer, port, default=fixed("served"))
    wait_for(lambda: get(port) == (200, "served"), what="it serves")
    with pytest.raises(ClientError, match=r"ValidationError.* can only have '6' condition wildcards"):
        elb.create_rule(ListenerArn=listener, Conditions=[path("/*******")], Priority=1, Actions=[fixed("rule")])
    loop = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": str(port)}}
    with pytest.raises(ClientError, match=r"InvalidLoadBalancerAction.* creates a loop"):
        elb.modify_listener(ListenerArn=listener, DefaultActions=[loop])
    assert len(elb.describe_rules(ListenerArn=listener)["Rules"]) == 1
    assert get(port) == (200, "served")


def test_listener_moves_to_another_port(elb: Any, balancer: str) -> None:
    first, second = quiet_ports(2)
    listener = listen(elb, balancer, first, default=fixed("here"))
    answers(first, "/", (200, "here"))
    elb.modify_listener(ListenerArn=listener, Port=second)
    answers(second, "/", (200, "here"))
    answers(first, "/", (0, ""))


def test_a_changed_attribute_of_the_load_balancer_is_applied(elb: Any, balancer: str) -> None:
    port = quiet_port()
    listener = listen(elb, balancer, port, default=fixed("default"))
    odd = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "under_score", "Values": ["*"]}}
    elb.create_rule(ListenerArn=listener, Conditions=[odd], Priority=1, Actions=[fixed("seen")])

    def answers_with(body: str) -> bool:
        return get(port, "/", headers={"under_score": "1"}) == (200, body)

    wait_for(partial(answers_with, "seen"), what="AWS's default lets it pass")
    key = "routing.http.drop_invalid_header_fields.enabled"
    for value, body in (("true", "default"), ("false", "seen")):
        elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{"Key": key, "Value": value}])
        wait_for(partial(answers_with, body), what=f"{key} is {value}")
