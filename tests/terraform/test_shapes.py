"""The constructs' values of objects have just the attributes that the modules' variables have, however deep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final, get_args, get_type_hints

import pytest

from modules.alarms.shapes import Thresholds, WatchedService
from modules.alb.construct import LogBucket
from modules.fargate_service.options import (
    CapacityShare,
    ContainerHealthCheck,
    DeploymentAlarms,
    EgressRule,
    MountPoint,
    ServiceConnect,
    Sidecar,
    Timeouts,
    Volume,
)
from modules.fargate_service.scaling import Autoscaling
from modules.fargate_service.shapes import (
    Canary,
    Fallback,
    HealthCheck,
    InternalListener,
    ListenerRule,
    LogGroup,
    PreviewHeader,
)
from modules.network.shapes import FlowLogs, Zone
from modules.readme import blocks, module_folders, variables

SHAPES: Final = {
    ("alarms", "services"): WatchedService,
    ("alarms", "thresholds"): Thresholds,
    ("alb", "access_logs"): LogBucket,
    ("alb", "connection_logs"): LogBucket,
    ("fargate_service", "additional_listener_rules"): ListenerRule,
    ("fargate_service", "autoscaling"): Autoscaling,
    ("fargate_service", "canary"): Canary,
    ("fargate_service", "capacity_provider_strategy"): CapacityShare,
    ("fargate_service", "container_health_check"): ContainerHealthCheck,
    ("fargate_service", "deployment_alarms"): DeploymentAlarms,
    ("fargate_service", "egress_rules"): EgressRule,
    ("fargate_service", "fallback"): Fallback,
    ("fargate_service", "health_check"): HealthCheck,
    ("fargate_service", "internal_listener"): InternalListener,
    ("fargate_service", "listener_rule"): ListenerRule,
    ("fargate_service", "log_group"): LogGroup,
    ("fargate_service", "mount_points"): MountPoint,
    ("fargate_service", "preview_header"): PreviewHeader,
    ("fargate_service", "service_connect"): ServiceConnect,
    ("fargate_service", "sidecars"): Sidecar,
    ("fargate_service", "timeouts"): Timeouts,
    ("fargate_service", "volumes"): Volume,
    ("network", "flow_logs"): FlowLogs,
    ("network", "zones"): Zone,
}
"""By module and variable."""

DECLARED: Final = {
    (folder.name, name): str(variable["type"])
    for folder in module_folders()
    for name, variable in variables(folder)
    if "object(" in str(variable["type"])
}
"""Types of the variables that are objects or have some, as the reader gives them: ``${map(object({a = string}))}``."""

SEEN: Final = {
    (folder.name, name): variable
    for folder in module_folders()
    for path in sorted(folder.glob("*.tf"))
    for name, variable in blocks(path, "variable")
}
"""Each variable as callers see it, by module and name."""


def test_every_variable_of_objects_has_a_shape() -> None:
    assert SHAPES.keys() == DECLARED.keys()


@pytest.mark.parametrize("key", SHAPES, ids=".".join)
def test_a_shape_has_just_the_attributes_of_its_variable(key: tuple[str, str]) -> None:
    assert sorted(_paths_of_shape(SHAPES[key])) == sorted(_paths_of_type(DECLARED[key]))


def test_no_module_gives_a_variable_of_objects_its_type_where_callers_see_it() -> None:
    """Such a type drops an attribute that it does not know, without a word: it belongs into typed/."""
    assert {key for key, variable in SEEN.items() if "object(" in str(variable["type"])} == set()


@pytest.mark.parametrize("key", SHAPES, ids=".".join)
def test_a_variable_of_objects_refuses_attributes_that_are_not_known(key: tuple[str, str]) -> None:
    conditions = [str(validation["condition"]) for validation in SEEN[key]["validation"]]
    assert any("local.known." in condition for condition in conditions)


def _paths_of_type(declared: str) -> Iterator[str]:
    """Every attribute with those that it is in, such as ``health_check.command``."""
    within: list[str] = []
    last = ""
    for name, mark in re.findall(r"(?:(\w+) = )|([{}])", declared):
        if name:
            last = name
            # The first two braces are those of the expression and of the outermost object.
            yield ".".join([*within[2:], name])
        elif mark == "{":
            within.append(last)
        else:
            within.pop()


def _paths_of_shape(shape: type) -> Iterator[str]:
    hints = get_type_hints(shape)
    for field in fields(shape):
        name = field.name.rstrip("_")
        yield name
        for inner in _shapes_in(hints[field.name]):
            yield from (f"{name}.{path}" for path in _paths_of_shape(inner))


def _shapes_in(hint: Any) -> Iterator[type]:
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
    for argument in get_args(hint):
        yield from _shapes_in(argument)
