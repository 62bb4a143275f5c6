"""What a Terraform state has, read without Terraform."""

from __future__ import annotations

from typing import Any

from cli.cost.stack_layout import of_state
from systems.layout import TaskGroup
from systems.service import Architecture


def resource(kind: str, *attributes: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
    return {"mode": mode, "type": kind, "instances": [{"attributes": one} for one in attributes]}


def service(name: str, count: int) -> dict[str, Any]:
    return {"name": name, "desired_count": count, "network_configuration": [{"assign_public_ip": False}]}


ARM = [{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}]
RESOURCES = [
    resource(
        "aws_ecs_task_definition",
        {"family": "shop-dev-front", "cpu": "512", "memory": "1024", "runtime_platform": ARM},
    ),
    resource("aws_ecs_service", service("shop-dev-front", 2)),
    resource("aws_ecs_service", service("shop-dev-front-c", 1)),
    resource("aws_lb", {"internal": False, "subnets": ["a", "b", "c"]}),
    resource("aws_nat_gateway", {}, {}),
    resource("aws_dynamodb_table", {}),
    resource("aws_ecr_repository", {}),
    resource("aws_nat_gateway", {}, mode="data"),
    resource("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway", "subnet_ids": []}),
    resource("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b", "c"]}),
]


def state(**outputs: str) -> dict[str, Any]:
    told = {name: {"value": value} for name, value in outputs.items()}
    return {"version": 4, "outputs": told, "resources": RESOURCES}


def test_a_state_tells_stage_and_layout_the_canary_that_works_included() -> None:
    found = of_state(state(stage="split"))
    assert found is not None
    stage, layout = found
    assert stage == "split"
    assert layout.tasks == (
        TaskGroup(name="shop-dev-front", count=2, cpu_units=512, memory_mib=1024, architecture=Architecture.ARM64),
        TaskGroup(name="shop-dev-front-c", count=1, cpu_units=512, memory_mib=1024, architecture=Architecture.ARM64),
    )
    assert (layout.nat_gateways, layout.load_balancers, layout.public_addresses) == (2, 1, 5)
    assert (layout.tables, layout.registries, layout.buckets, layout.distributions) == (1, 1, 0, 0)
    assert layout.endpoint_addresses == 3


def test_nothing_is_deployed_where_no_state_is_or_no_apply_came_to_its_end() -> None:
    assert of_state({}) is None
    assert of_state(state()) is None
