"""Our own rules: a whole stack breaks none of them, and each change breaks one."""

from __future__ import annotations

from typing import Any

import pytest

from policy.rules import examine
from tests.unit.policy.planned import containers, stack, trust

GITHUB = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}
SUBJECT = "token.actions.githubusercontent.com:sub"


def broken(profile: str, **changes: dict[str, Any]) -> list[str]:
    return [f"{address} {rule}" for address, rule, _ in examine(stack(**changes), profile=profile)]


def in_zones(*zones: str) -> dict[str, Any]:
    return {"network_configuration": [{"assign_public_ip": False, "subnets": list(zones)}]}


@pytest.mark.parametrize("profile", ["dev", "production"])
def test_a_stack_in_order_breaks_no_rule(profile: str) -> None:
    assert broken(profile) == []


@pytest.mark.parametrize(
    ("kind", "values", "rule"),
    [
        (
            "aws_ecs_service",
            {"network_configuration": [{"assign_public_ip": True, "subnets": ["a", "b", "c"]}]},
            "PRIVATE_SERVICES",
        ),
        ("aws_ecs_service", in_zones("a"), "SEVERAL_ZONES"),
        ("aws_lb", {"subnets": ["a"]}, "SEVERAL_ZONES"),
        ("aws_ecs_service", {"deployment_circuit_breaker": []}, "CIRCUIT_BREAKERS"),
        ("aws_ecs_service", {"deployment_circuit_breaker": [{"enable": True, "rollback": False}]}, "CIRCUIT_BREAKERS"),
        ("aws_ecs_service", {"deployment_circuit_breaker": [{"enable": False, "rollback": True}]}, "CIRCUIT_BREAKERS"),
        ("aws_ecs_task_definition", {"container_definitions": containers(privileged=True)}, "NO_PRIVILEGES"),
        ("aws_ecs_task_definition", {"container_definitions": containers(user="0:0")}, "NO_PRIVILEGES"),
        ("aws_ecs_task_definition", {"container_definitions": containers(user="root")}, "NO_PRIVILEGES"),
        ("aws_ecs_task_definition", {"container_definitions": containers(image="else/shop:1")}, "NON_ROOT"),
        ("aws_ecs_task_definition", {"container_definitions": containers(image="registry/shopping:1")}, "NON_ROOT"),
        (
            "aws_ecs_task_definition",
            {"container_definitions": containers(image="r:5000/shop", user="1")},
            "FIXED_IMAGES",
        ),
        (
            "aws_ecs_task_definition",
            {"container_definitions": containers(image="shop:latest", user="1")},
            "FIXED_IMAGES",
        ),
        ("aws_ecr_repository", {"image_tag_mutability": "MUTABLE"}, "FIXED_IMAGES"),
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}, "RETENTION"),
        ("aws_cloudwatch_log_group", {"retention_in_days": None}, "RETENTION"),
        ("aws_cloudwatch_log_group", {"retention_in_days": 3}, "RETENTION"),
        ("aws_iam_role", {"assume_role_policy": trust(Principal="*")}, "NARROW_TRUST"),
        ("aws_iam_role", {"assume_role_policy": trust(Principal={"AWS": "*"})}, "NARROW_TRUST"),
        ("aws_iam_role", {"assume_role_policy": trust(Principal=GITHUB)}, "NARROW_TRUST"),
        (
            "aws_iam_role",
            {
                "assume_role_policy": trust(
                    Principal=GITHUB, Condition={"StringLike": {SUBJECT: "*:ref:refs/heads/main"}}
                )
            },
            "NARROW_TRUST",
        ),
    ],
)
def test_each_rule_finds_what_breaks_it(kind: str, values: dict[str, Any], rule: str) -> None:
    assert broken("dev", **{kind: values}) == [f"{kind}.x {rule}"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_ecs_service", in_zones("a", "b")),
        ("aws_lb", {"subnets": ["a", "b"]}),
        ("aws_cloudwatch_log_group", {"retention_in_days": 14}),
        ("aws_lb", {"enable_deletion_protection": False}),
        ("aws_dynamodb_table", {"deletion_protection_enabled": False}),
        ("aws_lb_listener", {"protocol": "HTTP"}),
    ],
)
def test_what_dev_may_do_production_may_not(kind: str, values: dict[str, Any]) -> None:
    assert broken("dev", **{kind: values}) == []
    assert len(broken("production", **{kind: values})) == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_ecs_task_definition", {"container_definitions": containers(user="service")}),
        ("aws_ecs_task_definition", {"container_definitions": containers(image="registry/shop@sha256:" + "0" * 64)}),
        ("aws_ecs_task_definition", {"container_definitions": containers(image="r:5000/shop:1", user="101")}),
        ("aws_dynamodb_table", {"point_in_time_recovery": [], "deletion_protection_enabled": False}),
        (
            "aws_iam_role",
            {"assume_role_policy": trust(Principal=GITHUB, Condition={"StringEquals": {SUBJECT: ["repo:a/b:ref:c"]}})},
        ),
    ],
)
def test_what_is_right_in_another_way_breaks_no_rule(kind: str, values: dict[str, Any]) -> None:
    assert broken("production", **{kind: values}) == []
