"""What FACADE makes of the stack: who may call whom, by which name, at each step of a move."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from systems.checkout import ROOT
from systems.facade_way import FacadeWay
from tests.terraform.conftest import environ_with, read_stack

Stacks = Mapping[FacadeWay, dict[str, Any]]

_EACH_WAY: Final = """
import os, pathlib, sys
from dataclasses import replace
from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.facade_way import FacadeWay
settings = Settings.from_environ(os.environ)
for way in FacadeWay:
    synthesise(replace(settings, facade=way, out_dir=pathlib.Path(sys.argv[1]) / way.name))
"""
INSIDE: Final = "${module.alb_internal.dns_name}:80"
PUBLIC: Final = "${module.alb.dns_name}:80"
PATTERN: Final = "/mysfits/*/fulfill-*"


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    """Synthesised JSON of stage adopt for AWS, for each way: what a move applies one after the other."""
    folder = tmp_path_factory.mktemp("ways")
    subprocess.run(
        [sys.executable, "-c", _EACH_WAY, str(folder)],
        cwd=ROOT,
        env=environ_with(STAGE="adopt", TARGET="aws", ENV="test"),
        check=True,
    )
    return {way: read_stack(folder / way.name / "stacks" / SYSTEM.name) for way in FacadeWay}


def with_key(stack: dict[str, Any]) -> bool:
    return "facade_with_key" in stack["resource"]["aws_lb_listener_rule"]


def test_each_step_of_a_move_differs_from_the_one_before_by_one_thing(ways: Stacks) -> None:
    found = {
        way: (
            stack["module"]["monolith"].get("internal_listener", {}).get("registers"),
            {stack["module"][name]["environment"]["MONOLITH_URL"] for name in ("like", "adopt")},
            with_key(stack),
        )
        for way, stack in ways.items()
    }
    assert found == {
        FacadeWay.PUBLIC: (None, {PUBLIC}, True),
        FacadeWay.PREPARED: (False, {PUBLIC}, True),
        FacadeWay.READY: (True, {PUBLIC}, True),
        FacadeWay.MOVED: (True, {INSIDE}, True),
        FacadeWay.INTERNAL: (True, {INSIDE}, False),
    }


def test_whoever_calls_may_go_both_ways_while_old_and_new_tasks_run(ways: Stacks) -> None:
    for way, stack in ways.items():
        module = stack["module"]["like"]
        assert (80 in module["egress_tcp_ports"]) is (way < FacadeWay.INTERNAL), way
        assert ("egress_rules" in module) is (way > FacadeWay.PUBLIC), way
    (rule,) = ways[FacadeWay.INTERNAL]["module"]["like"]["egress_rules"].values()
    assert (rule["port"], rule["security_group_id"]) == (80, "${module.alb_internal.security_group_id}")
    assert not {"egress_rules", "internal_listener"} & ways[FacadeWay.PUBLIC]["module"]["monolith"].keys()


def test_the_public_is_refused_at_every_step_and_a_key_is_of_no_use_at_the_last(ways: Stacks) -> None:
    for stack in ways.values():
        refused = stack["resource"]["aws_lb_listener_rule"]["facade_without_key"]
        assert refused["action"][0]["fixed_response"]["status_code"] == "403"
        assert refused["condition"][0]["path_pattern"]["values"] == [PATTERN]
        assert refused["listener_arn"] == "${module.alb.listener_arn}"


def test_only_the_services_in_front_may_call_the_internal_load_balancer(ways: Stacks) -> None:
    balancer = ways[FacadeWay.INTERNAL]["module"]["alb_internal"]
    assert (balancer["internal"], balancer["ingress_cidr_blocks"]) == (True, {})
    assert balancer["subnet_ids"] == "${module.network.private_subnet_ids}"
    assert balancer["ingress_security_group_ids"] == {
        name: f"${{module.{name}.security_group_id}}" for name in ("like", "adopt")
    }


def test_it_serves_the_paths_of_the_facade_and_no_other(ways: Stacks) -> None:
    module = ways[FacadeWay.INTERNAL]["module"]["monolith"]
    (name,) = module["internal_listener"]["rules"]
    assert module["additional_listener_rules"] == {name: {"priority": 42, "path_patterns": [PATTERN]}}
    assert module["internal_listener"]["arn"] == "${module.alb_internal.listener_arn}"


def test_a_stage_in_which_nobody_calls_lets_nobody_in(synthesise: Callable[..., Path]) -> None:
    stack = read_stack(synthesise(stage="extracted", FACADE="internal", INTERNAL_PORT="9082"))
    assert stack["module"]["alb_internal"]["ingress_security_group_ids"] == {}
    assert "egress_rules" not in stack["module"]["like"]
    assert stack["module"]["alb_internal"]["listener_port"] == 9082


def test_without_the_setting_nothing_of_it_is_there(ways: Stacks, aws_stack: dict[str, Any]) -> None:
    for stack in (ways[FacadeWay.PUBLIC], aws_stack):
        assert "alb_internal" not in json.dumps(stack)
        assert not {"facade_url", "internal_alb_arn"} & stack["output"].keys()
    assert ways[FacadeWay.INTERNAL]["output"]["facade_url"]["value"] == "http://${module.alb_internal.host}"
