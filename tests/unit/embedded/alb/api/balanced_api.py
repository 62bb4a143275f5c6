"""The ELBv2 API with a load balancer that is made for a test."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.alb_api_cases import fixed, path

ports = itertools.count(8000)


@dataclass(frozen=True, kw_only=True)
class Api:
    """A load balancer with one listener, one rule and seven target groups; calls are not checked by the client."""

    elb: Any
    vpc: str
    subnets: list[str]
    balancer: str
    listener: str
    port: int
    rule: str
    default_rule: str
    groups: tuple[str, ...]
    tcp_group: str
    sticky_group: str


def made() -> Api:
    """In the account that moto plays."""
    elb = boto3.client("elbv2", region_name="us-east-1", config=Config(parameter_validation=False))
    ec2 = boto3.client("ec2", region_name="us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="api", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    port = next(ports)
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[fixed()])[
        "Listeners"
    ][0]["ListenerArn"]
    made = elb.create_rule(ListenerArn=listener, Conditions=[path("/taken")], Priority=1, Actions=[fixed()])["Rules"]
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]

    def group(name: str, protocol: str = "HTTP") -> str:
        created = elb.create_target_group(Name=name, Protocol=protocol, Port=80, VpcId=vpc, TargetType="ip")
        return str(created["TargetGroups"][0]["TargetGroupArn"])

    sticky = group("sticky")
    elb.modify_target_group_attributes(
        TargetGroupArn=sticky, Attributes=[{"Key": "stickiness.enabled", "Value": "true"}]
    )
    return Api(
        elb=elb,
        vpc=vpc,
        subnets=subnets,
        balancer=balancer,
        listener=listener,
        port=port,
        rule=made[0]["RuleArn"],
        default_rule=next(rule["RuleArn"] for rule in rules if rule["IsDefault"]),
        groups=tuple(group(f"g{number}") for number in range(6)),
        tcp_group=group("tcp", "TCP"),
        sticky_group=sticky,
    )


def refused(call: Any, **parameters: Any) -> str:
    """AWS's code for a call that is refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"]
    return str(error["Error"]["Code"])
