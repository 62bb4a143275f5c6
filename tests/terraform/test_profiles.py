"""What the profiles make of the stack that goes to AWS; `make check` plans every stage in both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from cli.profile_guard import OUTPUT
from policy.plans import environ_of
from settings.settings import Settings
from tests.terraform.conftest import read_stack

SETTINGS: Final = environ_of("mysfits", "split", "production")
HTTPS: Final = {name: SETTINGS[name] for name in ("DOMAIN", "CERTIFICATE_ARN")}
URL: Final = f"https://{SETTINGS['DOMAIN']}"


@pytest.fixture(scope="module")
def production(synthesise: Callable[..., Path]) -> dict[str, Any]:
    return read_stack(synthesise(stage="split", target="aws", PROFILE="production", SHADOW="5", **HTTPS))


def test_production_stands_in_three_zones_with_a_way_out_of_each(production: dict[str, Any]) -> None:
    network = production["module"]["network"]
    assert (len(network["zones"]), network["nat_mode"]) == (3, "per_az")


def test_production_is_called_over_https_and_sends_everybody_there(production: dict[str, Any]) -> None:
    balancer = production["module"]["alb"]
    assert balancer["certificate_arn"] == HTTPS["CERTIFICATE_ARN"]
    assert (balancer["listener_port"], balancer["redirect_http_port"]) == (443, 80)
    assert production["output"]["api_url"]["value"] == URL


def test_the_edge_and_the_services_call_production_over_https_too(production: dict[str, Any]) -> None:
    site = production["module"]["site_distribution"]
    assert (site["api_protocol"], site["api_domain_name"], site["api_port"]) == ("https", SETTINGS["DOMAIN"], 443)
    environment = production["module"]["like"]["environment"]
    assert (environment["MONOLITH_URL"], environment["SHADOW_URL"]) == (URL, URL)


def test_a_stack_says_of_which_profile_it_is(production: dict[str, Any], aws_stack: dict[str, Any]) -> None:
    assert [stack["output"][OUTPUT]["value"] for stack in (production, aws_stack)] == ["production", "dev"]


def test_production_does_not_go_by_mistake(production: dict[str, Any]) -> None:
    assert production["module"]["alb"]["deletion_protection"] is True
    tables = production["resource"]["aws_dynamodb_table"].values()
    assert [table["deletion_protection_enabled"] for table in tables if "point_in_time_recovery" in table] == [True]
    groups = production["resource"]["aws_cloudwatch_log_group"].values()
    assert {group["retention_in_days"] for group in groups} == {365}


def test_development_has_none_of_that(aws_stack: dict[str, Any]) -> None:
    assert not {"certificate_arn", "redirect_http_port", "deletion_protection"} & aws_stack["module"]["alb"].keys()
    assert "api_protocol" not in aws_stack["module"]["site_distribution"]
    network = aws_stack["module"]["network"]
    assert (len(network["zones"]), network["nat_mode"]) == (2, "single")
    groups = aws_stack["resource"]["aws_cloudwatch_log_group"].values()
    assert {group["retention_in_days"] for group in groups} == {14}


def test_only_development_on_aws_runs_on_spare_capacity(
    production: dict[str, Any], aws_stack: dict[str, Any], stacks: Mapping[str, dict[str, Any]]
) -> None:
    for name in ("monolith", "like"):
        assert aws_stack["module"][name]["capacity_provider_strategy"] == {"FARGATE_SPOT": {"weight": 1, "base": 0}}
        assert "aws_ecs_cluster_capacity_providers.capacity" in aws_stack["module"][name]["cluster_arn"]
        for stack in (production, stacks["split"]):
            assert "capacity_provider_strategy" not in stack["module"][name]
            assert stack["module"][name]["cluster_arn"] == "${aws_ecs_cluster.cluster.arn}"


def test_the_local_stack_is_the_same_in_every_profile(synthesise: Callable[..., Path]) -> None:
    one, other = (
        read_stack(synthesise(stage="split", **settings)) for settings in ({}, {"PROFILE": "production", **HTTPS})
    )
    assert one == other


def test_both_profiles_are_planned_with_settings_that_hold() -> None:
    assert Settings.from_environ(SETTINGS).profile_here.name == "production"
