"""What a synthesised stack makes: read from modules' inputs and defaults of variables, before anybody asks AWS."""

from __future__ import annotations

from typing import Any

import pytest

from cli.cost.kinds import unknown
from cli.cost.stack_layout import layout_of_resources, layout_of_stack, types_of_stack
from systems.layout import Layout, TaskGroup
from systems.service import Architecture


def service(name: str, **differs: Any) -> dict[str, Any]:
    plain = {"source": "./modules/fargate_service", "name": name, "desired_count": 2, "log_group": "somebody's"}
    return {**plain, "cpu_units": 256, "memory_mib": 512, **differs}


def network(*zones: str, mode: str = "single") -> dict[str, Any]:
    return {"source": "./modules/network", "zones": zones, "nat_mode": mode}


def balancer(**differs: Any) -> dict[str, Any]:
    return {"source": "./modules/alb", **differs}


def stack(*modules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"module": {str(number): one for number, one in enumerate(modules)}, **more}


NOTHING = Layout(
    tasks=(),
    nat_gateways=0,
    load_balancers=0,
    load_balancer_addresses=0,
    log_groups=0,
    tables=0,
    registries=0,
    buckets=0,
    distributions=0,
)


def test_an_empty_stack_and_no_resource_have_nothing() -> None:
    assert layout_of_stack({}) == NOTHING
    assert layout_of_stack(stack({"source": "./modules/rotating_key"})) == NOTHING
    assert layout_of_resources([]) == NOTHING


def test_tasks_are_those_of_each_service_by_name_and_a_canary_counts_while_it_works() -> None:
    found = layout_of_stack(
        stack(
            service("shop-web", assign_public_ip=True),
            service("shop-api", cpu_units=512, canary={"desired_count": 1}, cpu_architecture="ARM64"),
            service("shop-rest", desired_count=0, canary=None),
        )
    )
    arm = Architecture.ARM64
    assert found.tasks == (
        TaskGroup(name="shop-api", count=2, cpu_units=512, memory_mib=512, architecture=arm),
        TaskGroup(name="shop-api-c", count=1, cpu_units=512, memory_mib=512, architecture=arm),
        TaskGroup(name="shop-web", count=2, cpu_units=256, memory_mib=512, public_addresses=True),
    )


def test_what_the_deployer_varies_has_the_default_of_its_variable() -> None:
    variables = {"cpu": {"default": "1024"}, "tasks": {"default": 3}, "canary": {"default": 0}}
    module = service("shop-web", cpu_units="${var.cpu}", desired_count="${var.tasks}", memory_mib="2048")
    module["canary"] = {"desired_count": "${var.canary}"}
    (group,) = layout_of_stack(stack(module, variable=variables)).tasks
    assert (group.count, group.cpu_units, group.memory_mib) == (3, 1024, 2048)


@pytest.mark.parametrize(("mode", "gateways"), [("none", 0), ("single", 1), ("per_az", 3)])
def test_gateways_are_as_many_as_the_mode_says(mode: str, gateways: int) -> None:
    assert layout_of_stack(stack(network("a", "b", "c", mode=mode))).nat_gateways == gateways
    both = stack(network("a", "b", "c", mode=mode), network("a", mode="per_az"))
    assert layout_of_stack(both).nat_gateways == gateways + 1


def test_a_public_load_balancer_has_an_address_in_each_zone_and_an_internal_one_has_none() -> None:
    found = layout_of_stack(stack(network("a", "b"), balancer(), balancer(internal=True), balancer(internal=False)))
    assert (found.load_balancers, found.load_balancer_addresses, found.internal_load_balancers) == (3, 4, 1)


def test_what_is_stored_and_where_logs_go_is_counted() -> None:
    resources: dict[str, Any] = {
        "aws_cloudwatch_log_group": {"a": {}},
        "aws_dynamodb_table": {"a": {}, "b": {}},
        "aws_ecr_repository": {"a": {}, "b": {}, "c": {}},
        "aws_s3_bucket": {"a": {}, "b": {}, "c": {}, "d": {}},
    }
    own = {**service("shop-own"), "log_group": None}
    absent = service("shop-absent")
    del absent["log_group"]
    site = {"source": "./modules/site_distribution"}
    found = layout_of_stack(stack(service("shop-web"), own, absent, site, site, resource=resources))
    assert (found.log_groups, found.tables, found.registries, found.buckets, found.distributions) == (3, 2, 3, 4, 2)


def test_the_same_of_resources_that_were_made() -> None:
    of_service = {"name": "shop-web", "desired_count": "2", "network_configuration": [{"assign_public_ip": True}]}
    found = layout_of_resources(
        [
            ("aws_ecs_task_definition", {"family": "shop-web", "cpu": "256", "memory": "512"}),
            ("aws_ecs_service", of_service),
            *[("aws_nat_gateway", {})],
            ("aws_lb", {"internal": False, "subnets": ["a", "b"]}),
            ("aws_lb", {"internal": True, "subnets": ["a", "b"]}),
            *[("aws_cloudwatch_log_group", {})] * 2,
            *[("aws_dynamodb_table", {})] * 3,
            *[("aws_ecr_repository", {})] * 4,
            *[("aws_s3_bucket", {})] * 5,
            *[("aws_cloudfront_distribution", {})] * 6,
        ]
    )
    assert found == Layout(
        tasks=(TaskGroup(name="shop-web", count=2, cpu_units=256, memory_mib=512, public_addresses=True),),
        nat_gateways=1,
        load_balancers=2,
        internal_load_balancers=1,
        load_balancer_addresses=2,
        log_groups=2,
        tables=3,
        registries=4,
        buckets=5,
        distributions=6,
    )


def test_types_are_those_of_the_stack_and_of_the_files_of_its_modules() -> None:
    found = types_of_stack(stack(network("a"), resource={"aws_db_instance": {"this": {}}}))
    assert {"aws_db_instance", "aws_vpc", "aws_nat_gateway"} <= found
    assert "aws_ecs_service" not in found
    assert types_of_stack({}) == set()


def test_a_type_that_nobody_priced_is_named() -> None:
    assert unknown(["aws_vpc", "aws_lb", "aws_sqs_queue", "aws_db_instance", "aws_sqs_queue"]) == [
        "aws_db_instance",
        "aws_sqs_queue",
    ]
