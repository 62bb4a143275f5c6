"""The stage table against the synthesised stacks: types and properties, never logical ids."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest

from mysfits.system import SYSTEM
from systems.checkout import ROOT
from systems.image_tags import image_tag
from systems.rules import MONOLITH_RULE, Rule
from systems.service import Mode
from systems.stage import Stage

Stacks = Mapping[str, dict[str, Any]]

STAGES = SYSTEM.stages
SERVICES = tuple(SYSTEM.images)
EVERY_STAGE = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
OWN_MONOLITH = pytest.mark.parametrize(
    "stage", [stage for stage in STAGES if not stage.placeholder], ids=lambda stage: stage.name
)
SPLIT_OFF = pytest.mark.parametrize(
    ("stage", "name"), [pytest.param(one, name, id=f"{one.name}-{name}") for one in STAGES for name in one.separate]
)


@EVERY_STAGE
def test_stage_runs_the_monolith_and_its_microservices(stage: Stage, stacks: Stacks) -> None:
    assert set(_services(stacks[stage.name])) == {"monolith", *stage.separate}


def test_placeholder_is_nginx_without_settings_or_permissions(stacks: Stacks) -> None:
    monolith = _services(stacks["placeholder"])["monolith"]
    assert monolith["image"] == "public.ecr.aws/nginx/nginx:1.29"
    assert monolith["environment"] == {}
    assert monolith["task_policies"] == {}


@OWN_MONOLITH
def test_monolith_serves_the_routes_of_its_stage(stage: Stage, stacks: Stacks) -> None:
    """They are a variable, because between two stages the monolith serves what both of them need."""
    stack = stacks[stage.name]
    environment = _services(stack)["monolith"]["environment"]
    assert environment["MYSFIT_ACTIONS"] == "${var.monolith_routes}"
    assert stack["variable"]["monolith_routes"]["default"] == ",".join(SYSTEM.monolith_routes(stage))
    assert environment.keys() == {"DDB_TABLE_NAME", "LEDGER_TABLE_NAME", "MYSFIT_ACTIONS", "SITE_ORIGIN"}
    assert _services(stack)["monolith"]["secrets"] == {
        "FULFILL_KEYS": "${module.fulfill_key.current_arn}",
        "FULFILL_KEYS_OTHER": "${module.fulfill_key.other_arn}",
    }


@SPLIT_OFF
def test_microservice_persists_through_the_facade_or_by_itself_never_both(
    stage: Stage, name: str, stacks: Stacks
) -> None:
    service = _services(stacks[stage.name])[name]
    has_its_data = stage.mode(name) is Mode.OWN
    assert ("DDB_TABLE_NAME" in service["environment"]) is has_its_data
    assert ("MONOLITH_URL" in service["environment"]) is not has_its_data
    assert bool(service["task_policies"]) is has_its_data
    assert bool(service["secrets"]) is not has_its_data


@EVERY_STAGE
def test_facade_is_closed_to_whoever_brings_no_key(stage: Stage, stacks: Stacks) -> None:
    rules = sorted(stacks[stage.name]["resource"]["aws_lb_listener_rule"].values(), key=lambda rule: rule["priority"])
    through, refused = rules
    paths = {"path_pattern": {"values": ["/mysfits/*/fulfill-*"]}}
    assert through["condition"] == [paths, {"http_header": {"http_header_name": "X-Fulfill-Key", "values": ["*"]}}]
    assert refused["condition"] == [paths]
    assert refused["action"][0]["fixed_response"]["status_code"] == "403"
    service_priorities = [service["listener_rule"]["priority"] for service in _services(stacks[stage.name]).values()]
    assert not {rule["priority"] for rule in rules} & set(service_priorities)
    assert refused["priority"] < max(service_priorities), "before the monolith's own rule, which takes every path"


@EVERY_STAGE
def test_every_service_has_a_canary_that_rests_unless_variables_wake_it(stage: Stage, stacks: Stacks) -> None:
    stack = stacks[stage.name]
    for name, service in _services(stack).items():
        assert service["canary"] == {
            "desired_count": f"${{var.{name}_canary_tasks}}",
            "weight": f"${{var.{name}_canary_weight}}",
            "held_task_definition_arn": f"${{var.{name}_held_revision}}",
        }
        defaults = {kind: stack["variable"][f"{name}_{kind}"]["default"] for kind in ("canary_tasks", "canary_weight")}
        assert defaults == {"canary_tasks": 0, "canary_weight": 0}
        assert stack["variable"][f"{name}_held_revision"]["default"] == ""
        assert service["sticky_seconds"] == "${var.sticky_seconds}"
    assert stack["variable"]["sticky_seconds"]["default"] == 0


@EVERY_STAGE
def test_the_facade_shares_its_requests_as_the_monolith_does(stage: Stage, stacks: Stacks) -> None:
    rule = stacks[stage.name]["resource"]["aws_lb_listener_rule"]["facade_with_key"]
    assert rule["action"][0]["forward"]["target_group"] == [
        {"arn": "${module.monolith.target_group_arn}", "weight": "${(100 - var.monolith_canary_weight)}"},
        {"arn": "${module.monolith.canary_target_group_arn}", "weight": "${var.monolith_canary_weight}"},
    ]


@EVERY_STAGE
def test_monolith_takes_every_path_last(stage: Stage, stacks: Stacks) -> None:
    services = _services(stacks[stage.name])
    rule = services["monolith"]["listener_rule"]
    assert rule["path_patterns"] == ["/*"]
    assert all(rule["priority"] > services[name]["listener_rule"]["priority"] for name in stage.separate)


@EVERY_STAGE
def test_own_images_carry_the_tag_of_their_sources(stage: Stage, stacks: Stacks) -> None:
    """The tag is a variable, so the deployer can name an older one; its default makes a plain plan empty."""
    stack = stacks[stage.name]
    for name in SERVICES:
        if name != "monolith" and name not in stage.separate:
            assert f"{name}_image_tag" not in stack["variable"]
            continue
        variable = stack["variable"][f"{name}_image_tag"]
        assert (variable["type"], variable["default"]) == ("string", image_tag(SYSTEM.images[name].image))
        if name != "monolith" or not stage.placeholder:
            repository, tag = _services(stack)[name]["image"].rsplit(":", 1)
            assert tag == f"${{var.{name}_image_tag}}"
            assert _repository_name(stack, repository) == f"mysfits-test-{name}"


@EVERY_STAGE
def test_every_service_has_a_registry_in_every_stage(stage: Stage, stacks: Stacks) -> None:
    repositories = stacks[stage.name]["resource"]["aws_ecr_repository"].values()
    assert {repository["name"] for repository in repositories} == {f"mysfits-test-{name}" for name in SERVICES}


def test_stages_differ_in_services_only(stacks: Stacks) -> None:
    """No stage edits network, load balancer, table, registries or site."""
    rest = [_without_services(stack) for stack in stacks.values()]
    assert all(other == rest[0] for other in rest)


@SPLIT_OFF
def test_microservice_takes_over_its_paths(stage: Stage, name: str, stacks: Stacks) -> None:
    service = _services(stacks[stage.name])[name]
    (rule,) = SYSTEM.rules(name)
    assert service["listener_rule"] == _as_input(rule)
    assert "additional_listener_rules" not in service


@SPLIT_OFF
def test_microservice_shares_its_paths_with_the_monolith_by_a_variable_weight(
    stage: Stage, name: str, stacks: Stacks
) -> None:
    stack = stacks[stage.name]
    variable = stack["variable"][f"{name}_weight"]
    assert (variable["type"], variable["default"]) == ("number", 100)
    assert _services(stack)[name]["weight"] == f"${{var.{name}_weight}}"
    assert _services(stack)[name]["fallback"] == {
        "target_group_arn": "${module.monolith.fallback_target_group_arn}",
        "canary_target_group_arn": "${module.monolith.canary_target_group_arn}",
        "canary_weight": "${var.monolith_canary_weight}",
    }


def test_like_service_has_the_workshops_size_path_and_way_to_the_monolith(stacks: Stacks) -> None:
    like = _services(stacks["split"])["like"]
    assert (like["cpu_units"], like["memory_mib"]) == (256, 512)
    assert like["listener_rule"] == {
        "priority": 401,
        "path_patterns": ["/mysfits/*/like"],
        "preview_priorities": {"new": 201, "old": 301},
    }
    assert like["health_check"]["path"] == "/"
    assert like["environment"]["MONOLITH_URL"] == "${module.alb.dns_name}:8080"
    assert like["egress_tcp_ports"] == [443, 8080]


@EVERY_STAGE
def test_services_run_twice_in_private_subnets(stage: Stage, stacks: Stacks) -> None:
    for name, service in _services(stacks[stage.name]).items():
        if SYSTEM.images[name].scaling is None:
            assert service["desired_count"] == f"${{var.{name}_tasks}}"
            assert stacks[stage.name]["variable"][f"{name}_tasks"]["default"] == 2
        else:
            assert service["source"].endswith("/fargate_service/autoscaled")
            assert (service["desired_count"], service["autoscaling"]["min_capacity"]) == (2, 2)
        assert service["subnet_ids"] == "${module.network.private_subnet_ids}"
        assert "assign_public_ip" not in service, "the module's default is no public address"


@EVERY_STAGE
def test_names_carry_the_environment(stage: Stage, stacks: Stacks) -> None:
    for name, service in _services(stacks[stage.name]).items():
        assert service["name"] == f"mysfits-test-{name}"
        assert service["container_name"] == name


@EVERY_STAGE
def test_log_groups_stand_in_every_stage_and_outlive_their_service(stage: Stage, stacks: Stacks) -> None:
    stack = stacks[stage.name]
    groups = stack["resource"]["aws_cloudwatch_log_group"]
    assert {group["name"] for group in groups.values()} == {f"/mysfits/test/{name}" for name in SERVICES}
    for name, service in _services(stack).items():
        assert service["log_group"]["name"] == f"${{aws_cloudwatch_log_group.{name}_logs.name}}"
        assert "log_group_name" not in service
    old = f'module.{SERVICES[-1]}.aws_cloudwatch_log_group.this["own"]'
    assert {"from": old, "to": f"aws_cloudwatch_log_group.{SERVICES[-1]}_logs"} in stack["moved"]


@EVERY_STAGE
def test_state_addresses_read_like_the_nouns(stage: Stage, stacks: Stacks) -> None:
    """Documented for operators, so it is pinned: ``module.network``, ``module.alb``, ``module.<service>``."""
    shared = {"network", "alb", "fulfill_key", "canary_key"}
    assert set(stacks[stage.name]["module"]) == {*shared, "monolith", *stage.separate}


@EVERY_STAGE
def test_outputs_tell_the_stage_and_its_services(stage: Stage, stacks: Stacks) -> None:
    outputs = stacks[stage.name]["output"]
    assert outputs["stage"]["value"] == stage.name
    assert set(outputs["services"]["value"]) == {"monolith", *stage.separate}
    assert set(outputs["repository_urls"]["value"]) == set(SERVICES)


def test_both_targets_roll_out_alike(stacks: Stacks, aws_stack: dict[str, Any]) -> None:
    """What stops, drains and checks tasks is the same where it is tried and where it runs; Spot is AWS's alone."""
    varies = {"environment", "egress_tcp_ports", "capacity_provider_strategy", "cluster_arn"}
    local, aws = _services(stacks["split"]), _services(aws_stack)
    for name, service in local.items():
        same = {key: value for key, value in service.items() if key not in varies}
        assert same == {key: value for key, value in aws[name].items() if key not in varies}


def test_every_service_has_sources() -> None:
    for name in SERVICES:
        assert (ROOT / "services" / name / "app.py").is_file()


def test_the_monoliths_rule_comes_after_all_others() -> None:
    priorities = [rule.priority for name in SYSTEM.service_by_name for rule in SYSTEM.rules(name)]
    assert len(set(priorities)) == len(priorities)
    assert all(1 <= priority < MONOLITH_RULE.priority for priority in priorities)


@EVERY_STAGE
def test_every_rule_has_previews_with_the_key_of_the_parameter_store(stage: Stage, stacks: Stacks) -> None:
    """They come before all rules of the public and after the facade's, so that they open nothing that is closed."""
    stack = stacks[stage.name]
    services = _services(stack)
    assert stack["data"]["aws_ssm_parameter"]["canary_key_value"]["name"] == "${module.canary_key.current_name}"
    for service in services.values():
        assert service["preview_header"] == {
            "name": "X-Canary",
            "key": "${data.aws_ssm_parameter.canary_key_value.value}",
        }
    closed = stack["resource"]["aws_lb_listener_rule"]["facade_without_key"]["priority"]
    in_front = [services[name]["listener_rule"] for name in stage.separate]
    for rule in [services["monolith"]["listener_rule"], *in_front]:
        previews = rule["preview_priorities"].values()
        assert closed < min(previews) <= max(previews) < rule["priority"]
    everywhere = services["monolith"]["listener_rule"]["preview_priorities"].values()
    assert all(rule["priority"] < min(everywhere) for rule in in_front), "a path of a service is previewed there"


def _as_input(rule: Rule) -> dict[str, object]:
    assert rule.previews is not None
    return {
        "priority": rule.priority,
        "path_patterns": list(rule.path_patterns),
        "preview_priorities": {"new": rule.previews.new, "old": rule.previews.old},
    }


def _services(stack: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Modules of type fargate_service by the name of their container."""
    modules = stack["module"].values()
    return {module["container_name"]: module for module in modules if "/fargate_service" in module["source"]}


def _repository_name(stack: Mapping[str, Any], url: str) -> str:
    """Name of the repository that an expression such as ``${aws_ecr_repository.x.repository_url}`` refers to."""
    match = re.fullmatch(r"\$\{aws_ecr_repository\.(\w+)\.repository_url\}", url)
    assert match, url
    return str(stack["resource"]["aws_ecr_repository"][match[1]]["name"])


def _without_services(stack: Mapping[str, Any]) -> dict[str, Any]:
    rest = copy.deepcopy(dict(stack))
    rest["module"] = {
        name: module for name, module in rest["module"].items() if "/fargate_service" not in module["source"]
    }
    for varying in ("variable", "output", "//"):
        del rest[varying]
    return rest
