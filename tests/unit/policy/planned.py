"""Resources as a mocked apply leaves them, whole and in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policy.terraform_runs import Resource

ZONES = ("a", "b", "c")


def trust(**statement: object) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]})


def containers(**changes: object) -> str:
    return json.dumps([{"name": "shop", "image": "registry/shop:abc", **changes}])


_VALUES: Mapping[str, Mapping[str, Any]] = {
    "aws_ecs_service": {
        "network_configuration": [{"assign_public_ip": False, "subnets": list(ZONES)}],
        "deployment_circuit_breaker": [{"enable": True, "rollback": True}],
    },
    "aws_ecs_task_definition": {"container_definitions": containers()},
    "aws_lb": {"subnets": list(ZONES), "enable_deletion_protection": True},
    "aws_lb_listener": {"protocol": "HTTPS"},
    "aws_dynamodb_table": {"point_in_time_recovery": [{"enabled": True}], "deletion_protection_enabled": True},
    "aws_ecr_repository": {"image_tag_mutability": "IMMUTABLE", "repository_url": "registry/shop"},
    "aws_cloudwatch_log_group": {"retention_in_days": 365},
    "aws_iam_role": {"assume_role_policy": trust(Principal={"Service": "ecs-tasks.amazonaws.com"})},
}


def stack(**changes: Mapping[str, Any]) -> tuple[Resource, ...]:
    """A stack in three zones, one resource of each kind, with other values for some kinds."""
    kinds = {kind: {**values, **changes.get(kind, {})} for kind, values in _VALUES.items()}
    subnets = [
        Resource(address=f"aws_subnet.{zone}", type="aws_subnet", values={"id": zone, "availability_zone": zone})
        for zone in ZONES
    ]
    return (*subnets, *(Resource(address=f"{kind}.x", type=kind, values=values) for kind, values in kinds.items()))
