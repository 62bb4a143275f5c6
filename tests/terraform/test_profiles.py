"""What the profiles make of the stack that goes to AWS, in every stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from cli.profile_guard import OUTPUT
from mysfits.system import SYSTEM
from policy.plans import all_of, environ_of, environ_of_profile
from settings.profile import PROFILES
from settings.settings import Settings
from tests.terraform.conftest import Jobs, Key, read_stack

Stacks = Mapping[Key, dict[str, Any]]

PRODUCTION: Final = environ_of_profile("production")
URL: Final = f"https://{PRODUCTION['DOMAIN']}"
EVERYWHERE = pytest.mark.parametrize("stage", SYSTEM.stage_by_name)
STAGES_AND_PROFILES = pytest.mark.parametrize(("stage", "profile"), all_of("mysfits"))


def values(jobs: Jobs, stage: str, kind: str, profile: str = "production") -> list[Mapping[str, Any]]:
    """Of each resource of a type that an apply makes."""
    return [one.values for one in jobs.resources(stage, profile) if one.type == kind]


@EVERYWHERE
def test_production_stands_in_three_zones_with_a_way_out_of_each(stage: str, jobs: Jobs) -> None:
    zone_of = {subnet["id"]: subnet["availability_zone"] for subnet in values(jobs, stage, "aws_subnet")}
    assert len(zone_of) == 6
    balancers = values(jobs, stage, "aws_lb")
    assert sorted(balancer["internal"] for balancer in balancers) == [False, True]
    for balancer in balancers:
        assert len({zone_of[subnet] for subnet in balancer["subnets"]}) == 3
    assert len({zone_of[gateway["subnet_id"]] for gateway in values(jobs, stage, "aws_nat_gateway")}) == 3
    services = values(jobs, stage, "aws_ecs_service")
    assert services
    for service in services:
        assert len({zone_of[subnet] for subnet in service["network_configuration"][0]["subnets"]}) == 3


@EVERYWHERE
def test_production_is_called_over_https_and_sends_everybody_there(stage: str, jobs: Jobs, aws_stacks: Stacks) -> None:
    made = [one for one in jobs.resources(stage, "production") if one.type == "aws_lb_listener"]
    listeners = {one.values["port"]: one.values for one in made if one.address.startswith("module.alb.")}
    assert {port: one["protocol"] for port, one in listeners.items()} == {443: "HTTPS", 80: "HTTP"}
    assert listeners[443]["certificate_arn"] == PRODUCTION["CERTIFICATE_ARN"]
    (action,) = listeners[80]["default_action"]
    assert (action["type"], action["redirect"][0]["protocol"], action["redirect"][0]["port"]) == (
        "redirect",
        "HTTPS",
        "443",
    )
    assert aws_stacks[stage, "production"]["output"]["api_url"]["value"] == URL


def test_the_edge_and_the_services_call_production_over_https_too(synthesise: Callable[..., Path]) -> None:
    stack = read_stack(synthesise(stage="split", target="aws", SHADOW="5", **PRODUCTION))
    site = stack["module"]["site_distribution"]
    assert (site["api_protocol"], site["api_domain_name"], site["api_port"]) == ("https", PRODUCTION["DOMAIN"], 443)
    assert stack["module"]["like"]["environment"]["SHADOW_URL"] == URL


def test_services_of_production_call_the_facade_inside_the_vpc_unless_somebody_says_otherwise(
    aws_stacks: Stacks, synthesise: Callable[..., Path]
) -> None:
    inside = aws_stacks["split", "production"]["module"]
    assert inside["like"]["environment"]["MONOLITH_URL"] == "${module.alb_internal.dns_name}:80"
    public = read_stack(synthesise(stage="split", target="aws", FACADE="public", **PRODUCTION))["module"]
    assert public["like"]["environment"]["MONOLITH_URL"] == URL
    assert "alb_internal" not in public


@STAGES_AND_PROFILES
def test_a_stack_says_of_which_profile_it_is(stage: str, profile: str, aws_stacks: Stacks) -> None:
    outputs = aws_stacks[stage, profile]["output"]
    assert (outputs["stage"]["value"], outputs[OUTPUT]["value"]) == (stage, profile)


@EVERYWHERE
def test_production_does_not_go_by_mistake(stage: str, jobs: Jobs) -> None:
    assert [balancer["enable_deletion_protection"] for balancer in values(jobs, stage, "aws_lb")] == [True, True]
    tables = values(jobs, stage, "aws_dynamodb_table")
    assert len(tables) == len(SYSTEM.tables)
    restored = [table for table in tables if any(one["enabled"] for one in table["point_in_time_recovery"])]
    assert [table["name"] for table in restored] == [f"mysfits-test-{one.name}" for one in SYSTEM.tables if one.lasting]
    assert [table["deletion_protection_enabled"] for table in restored] == [True]


@EVERYWHERE
def test_production_keeps_what_was_logged_for_a_year(stage: str, jobs: Jobs) -> None:
    groups = values(jobs, stage, "aws_cloudwatch_log_group")
    assert {group["retention_in_days"] for group in groups} == {365}
    assert len(groups) == len(SYSTEM.images)


@EVERYWHERE
def test_development_has_none_of_that(stage: str, jobs: Jobs) -> None:
    def of_dev(kind: str) -> list[Mapping[str, Any]]:
        return values(jobs, stage, kind, "dev")

    assert [(one["port"], one["protocol"]) for one in of_dev("aws_lb_listener")] == [(80, "HTTP")]
    assert [balancer["enable_deletion_protection"] for balancer in of_dev("aws_lb")] == [False]
    assert {table["deletion_protection_enabled"] for table in of_dev("aws_dynamodb_table")} <= {False, None}
    assert (len(of_dev("aws_subnet")), len(of_dev("aws_nat_gateway"))) == (4, 1)
    assert {group["retention_in_days"] for group in of_dev("aws_cloudwatch_log_group")} == {14}


@EVERYWHERE
def test_only_development_on_aws_runs_on_spare_capacity(
    stage: str, aws_stacks: Stacks, stacks: Mapping[str, dict[str, Any]]
) -> None:
    for name in ("monolith", *SYSTEM.stage_by_name[stage].separate):
        dev, production = (aws_stacks[stage, profile]["module"][name] for profile in PROFILES)
        assert dev["capacity_provider_strategy"] == {"FARGATE_SPOT": {"weight": 1, "base": 0}}
        assert "aws_ecs_cluster_capacity_providers.capacity" in dev["cluster_arn"]
        for service in (production, stacks[stage]["module"][name]):
            assert "capacity_provider_strategy" not in service
            assert service["cluster_arn"] == "${aws_ecs_cluster.cluster.arn}"


@pytest.mark.parametrize("profile", PROFILES)
def test_the_placeholder_on_aws_writes_into_its_volumes_only(profile: str, jobs: Jobs) -> None:
    for definition in values(jobs, "placeholder", "aws_ecs_task_definition", profile):
        (container,) = json.loads(definition["container_definitions"])
        assert container["readonlyRootFilesystem"] is True
        assert {mount["containerPath"] for mount in container["mountPoints"]} == {"/var/cache/nginx", "/run"}
        assert {mount["sourceVolume"] for mount in container["mountPoints"]} == {
            volume["name"] for volume in definition["volume"]
        }


def test_the_local_stack_is_the_same_in_every_profile(
    synthesise: Callable[..., Path], stacks: Mapping[str, dict[str, Any]]
) -> None:
    assert read_stack(synthesise(stage="split", **PRODUCTION)) == stacks["split"]


def test_both_profiles_are_planned_with_settings_that_hold() -> None:
    for stage, profile in all_of("mysfits"):
        assert Settings.from_environ(environ_of("mysfits", stage, profile)).profile_here.name == profile
