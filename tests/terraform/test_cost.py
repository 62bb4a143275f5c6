"""What ``make cost`` counts is what Terraform makes of the stack, and no resource is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.cost import prices
from cli.cost.estimate import fixed, total_cents
from cli.cost.kinds import unknown
from cli.cost.stack_layout import layout_of_resources, layout_of_stack, types_of_stack
from mysfits.system import SYSTEM
from policy.terraform_runs import Resource
from settings.profile import PROFILES
from systems.layout import Layout
from tests.terraform.conftest import Jobs, Key, read_stack

Stacks = Mapping[str, dict[str, Any]]

MOST_OF_THE_WORKSHOP = 0.85
"""Share of the workshop's cost that stage split may have: twice its tasks, and half its NAT gateways."""
MOST_WITHOUT_NAT = 0.65
"""The same with public addresses for the tasks and no NAT gateway."""
MOST_ON_SPOT = 0.65
"""The same in PROFILE=dev, which is the default: its tasks run on spare capacity."""


def _layout(resources: tuple[Resource, ...]) -> Layout:
    return layout_of_resources((one.type, one.values) for one in resources)


def _cents(layout: Layout, region: str) -> int:
    return total_cents(fixed(layout, prices.read().of(region)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("stage", SYSTEM.stage_by_name)
def test_the_resources_that_are_counted_are_those_that_an_apply_makes(
    stage: str, profile: str, aws_stacks: Mapping[Key, dict[str, Any]], jobs: Jobs
) -> None:
    counted = layout_of_stack(aws_stacks[stage, profile])
    assert counted == _layout(jobs.resources(stage, profile))
    services = SYSTEM.stage_by_name[stage].separate
    assert {group.name: group.count for group in counted.tasks} == dict.fromkeys(
        (f"mysfits-test-{name}" for name in ("monolith", *services)), 2
    ), "canaries have no tasks in rest"
    gateways, balancers = {"dev": (1, 1), "production": (3, 2)}[profile]
    assert (counted.nat_gateways, counted.load_balancers, counted.distributions) == (gateways, balancers, 1)


def test_alarms_and_dashboard_are_counted(aws_stacks: Mapping[Key, dict[str, Any]]) -> None:
    layout = layout_of_stack(aws_stacks["split", "production"])
    assert (layout.alarm_metrics, layout.dashboards) == (
        2 * 6 + 1 + 2 * len(SYSTEM.tables) + 2,
        1,
    ), "those of the module, and two by which a service of the stage scales"


def test_the_internal_load_balancer_of_production_is_counted(aws_stacks: Mapping[Key, dict[str, Any]]) -> None:
    counted = layout_of_stack(aws_stacks["split", "production"])
    assert (counted.load_balancers, counted.internal_load_balancers, counted.load_balancer_addresses) == (2, 1, 3)


def test_every_resource_type_is_priced_or_free_for_a_reason(
    stacks: Stacks, aws_stacks: Mapping[Key, dict[str, Any]], website_dir: Path, jobs: Jobs
) -> None:
    everywhere = (*stacks.values(), *aws_stacks.values(), read_stack(website_dir))
    named = set().union(*(types_of_stack(stack) for stack in everywhere))
    assert unknown(named) == []
    made = {one.type for stage, profile in aws_stacks for one in jobs.resources(stage, profile)}
    assert made <= named, "what modules make is read from their files"


def test_a_type_that_nobody_priced_is_found(stacks: Stacks) -> None:
    stack = stacks["split"]
    with_database = {**stack, "resource": {**stack["resource"], "aws_db_instance": {"this": {}}}}
    assert unknown(types_of_stack(with_database)) == ["aws_db_instance"]


def test_a_canary_that_works_is_counted(stacks: Stacks) -> None:
    stack = stacks["split"]
    variables = {**stack["variable"], "monolith_canary_tasks": {"default": 2}}
    rest, at_work = layout_of_stack(stack), layout_of_stack({**stack, "variable": variables})
    assert {group.name for group in at_work.tasks} - {group.name for group in rest.tasks} == {"mysfits-test-monolith-c"}


def test_an_internal_load_balancer_has_no_public_address(stacks: Stacks) -> None:
    stack = stacks["split"]
    internal = {**stack["module"], "alb": {**stack["module"]["alb"], "internal": True}}
    before, after = layout_of_stack(stack), layout_of_stack({**stack, "module": internal})
    assert (before.load_balancer_addresses, after.load_balancer_addresses) == (2, 0)
    assert after.load_balancers == 1


def test_interface_endpoints_are_counted_by_zone_and_flow_logs_by_their_group(stacks: Stacks) -> None:
    stack = stacks["split"]
    network = {
        **stack["module"]["network"],
        "interface_endpoints": ["ecr.api", "ecr.dkr", "logs"],
        "flow_logs": {"retention_days": 30},
    }
    before, after = (
        layout_of_stack({**stack, "module": {**stack["module"], "network": one}})
        for one in (stack["module"]["network"], network)
    )
    assert (before.endpoint_addresses, after.endpoint_addresses) == (0, 6)
    assert after.log_groups == before.log_groups + 1


@pytest.mark.parametrize("region", prices.read().regions)
def test_split_costs_less_than_the_workshop_with_twice_its_tasks(region: str, stacks: Stacks) -> None:
    assert SYSTEM.yardstick is not None
    # The workshop's services do not scale, so it has no alarms.
    layout, workshop = replace(layout_of_stack(stacks["split"]), alarm_metrics=0), SYSTEM.yardstick.layout
    assert sum(group.count for group in layout.tasks) == 2 * sum(group.count for group in workshop.tasks)
    of_workshop = _cents(workshop, region)
    assert _cents(layout, region) <= MOST_OF_THE_WORKSHOP * of_workshop
    assert _cents(layout.without_nat(), region) <= MOST_WITHOUT_NAT * of_workshop


@pytest.mark.parametrize("region", prices.read().regions)
def test_split_in_dev_costs_two_thirds_of_the_workshop(region: str, aws_stack: dict[str, Any]) -> None:
    assert SYSTEM.yardstick is not None
    layout = layout_of_stack(aws_stack)
    assert all(group.is_spot for group in layout.tasks)
    assert _cents(layout, region) <= MOST_ON_SPOT * _cents(SYSTEM.yardstick.layout, region)


def test_the_workshops_layout_is_dear_for_its_second_nat_gateway() -> None:
    assert SYSTEM.yardstick is not None
    layout = SYSTEM.yardstick.layout
    single = replace(layout, nat_gateways=1)
    assert _cents(layout, "us-east-1") - _cents(single, "us-east-1") == pytest.approx(100 * 730 * 0.05, abs=1)
