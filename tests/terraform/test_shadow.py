"""What SHADOW gives to containers, and what is not there without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mysfits.system import SYSTEM
from tests.terraform.conftest import read_stack

_NAMES: Final = {"SHADOW_PERCENT", "SHADOW_URL", "SHADOW_REVISION"}


@pytest.fixture(scope="module")
def shadowing(synthesise: Callable[..., Path]) -> dict[str, Any]:
    """Synthesised JSON of stage extracted, in which no service calls the load balancer for anything else."""
    return read_stack(synthesise(stage="extracted", SHADOW="5"))


def test_without_it_no_container_knows_of_it(stacks: Mapping[str, dict[str, Any]]) -> None:
    assert all("SHADOW" not in json.dumps(stack) for stack in stacks.values())


@pytest.mark.parametrize("name", SYSTEM.images)
def test_services_that_can_get_share_way_key_and_revision(name: str, shadowing: dict[str, Any]) -> None:
    module = shadowing["module"][name]
    environment = module["environment"]
    assert environment.keys() >= _NAMES
    assert environment["SHADOW_PERCENT"] == "5"
    assert environment["SHADOW_URL"].endswith(":8080")
    assert module["image"].endswith(f":{environment['SHADOW_REVISION']}")
    assert module["secrets"]["SHADOW_KEY"] == "${module.canary_key.current_arn}"
    assert module["egress_tcp_ports"] == [443, 8080]


def test_the_placeholder_shadows_nothing(synthesise: Callable[..., Path]) -> None:
    module = read_stack(synthesise(stage="placeholder", SHADOW="5"))["module"]["monolith"]
    assert not _NAMES & set(module.get("environment") or {})
