"""Task definitions that Fargate refuses and moto takes, and those that the embedded ECS cannot run.

Codes are AWS's; messages too, as far as they are known. Source: the reference of task definition parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moto.ecs.exceptions import EcsClientException

from embedded.ecs import dependencies
from embedded.images import parse_ecr_reference

_GIB: Final = 1024
MEMORY_MIB_BY_CPU_UNITS: Final[Mapping[int, Sequence[int]]] = {
    256: (512, _GIB, 2 * _GIB),
    512: range(_GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""What Fargate offers."""

_MOST_CONTAINERS: Final = 10
_AMOUNT: Final = re.compile(r"(?P<number>\d*\.?\d+)\s*(?P<unit>vcpu|gb)?", re.IGNORECASE)
_NOT_OF_FARGATE: Final = ("links", "hostname", "dnsServers", "dnsSearchDomains", "extraHosts", "dockerSecurityOptions")
_NOT_CARRIED: Final = ("firelensConfiguration", "repositoryCredentials", "environmentFiles", "restartPolicy")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What RegisterTaskDefinition is given, in the API's spelling inside of lists and objects."""

    containers: Sequence[Mapping[str, Any]]
    compatibilities: Iterable[str] = ()
    network_mode: str | None = None
    cpu: str | None = None
    memory: str | None = None
    execution_role: str | None = None
    volumes: Sequence[Mapping[str, Any]] = ()
    proxy: Mapping[str, Any] | None = None
    platform: Mapping[str, Any] = field(default_factory=dict)
    ephemeral_storage: Mapping[str, Any] | None = None


def check_definition(definition: Definition) -> None:
    """Refuse what ECS refuses, and what is not supported here.

    Raises:
        EcsClientException: names the first thing that is wrong.
    """
    _check_containers(definition.containers)
    if "FARGATE" in definition.compatibilities:
        _check_fargate(definition)
    _check_carried(definition)


def _check_containers(containers: Sequence[Mapping[str, Any]]) -> None:
    names = [str(one["name"]) for one in containers if "name" in one]
    if len(containers) > _MOST_CONTAINERS:
        raise EcsClientException(f"A task definition can have at most {_MOST_CONTAINERS} containers.")
    if double := next((name for name in names if names.count(name) > 1), None):
        raise EcsClientException(f"Container names must be unique in a task definition; {double} is there twice.")
    if containers and not any(one.get("essential", True) for one in containers):
        raise EcsClientException("At least one container must be essential.")
    essential = {str(one.get("name")): bool(one.get("essential", True)) for one in containers}
    checked = {str(one.get("name")) for one in containers if one.get("healthCheck")}
    for one in containers:
        for name, condition in dependencies.needs(one).items():
            where = f"Container {one['name']} depends on {name}"
            if name not in essential:
                raise EcsClientException(f"{where}, which is not in the task definition.")
            if condition not in dependencies.CONDITIONS:
                raise EcsClientException(f"{where} with {condition}; it must be START, HEALTHY, COMPLETE or SUCCESS.")
            if condition == "HEALTHY" and name not in checked:
                raise EcsClientException(f"{where} being HEALTHY, and that has no health check.")
            if condition in ("COMPLETE", "SUCCESS") and essential[name]:
                raise EcsClientException(f"{where} with {condition}, which an essential container cannot have.")
    if circle := dependencies.circle(containers):
        raise EcsClientException(f"Containers depend on each other in a circle: {', '.join(circle)}.")


def _check_fargate(definition: Definition) -> None:
    if (definition.network_mode or "awsvpc") != "awsvpc":
        raise EcsClientException("Fargate only supports network mode ‘awsvpc’.")
    for name, value in (("cpu", definition.cpu), ("memory", definition.memory)):
        if not value:
            raise EcsClientException(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = _units(definition.cpu), _units(definition.memory)
    if memory not in MEMORY_MIB_BY_CPU_UNITS.get(cpu, ()):
        raise EcsClientException(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    for one in definition.containers:
        _check_container_of_fargate(one)
    if not definition.execution_role:
        _check_needs_no_role(definition.containers)
    gib = (definition.ephemeral_storage or {}).get("sizeInGiB")
    if gib is not None and not 21 <= int(gib) <= 200:
        raise EcsClientException("The size of ephemeral storage must be between 21 GiB and 200 GiB.")


def _check_container_of_fargate(container: Mapping[str, Any]) -> None:
    if container.get("privileged"):
        raise EcsClientException("Fargate does not support privileged containers.")
    if refused := next((name for name in _NOT_OF_FARGATE if container.get(name)), None):
        raise EcsClientException(f"Fargate does not support '{refused}' of a container.")
    for mapping in container.get("portMappings") or ():
        host = mapping.get("hostPort")
        if host and int(host) != int(mapping["containerPort"]):
            raise EcsClientException(
                "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
            )


def _check_needs_no_role(containers: Iterable[Mapping[str, Any]]) -> None:
    for one in containers:
        if one.get("secrets"):
            raise EcsClientException(
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            )
        if parse_ecr_reference(str(one.get("image", ""))) is not None:
            raise EcsClientException(
                "Fargate requires task definition to have execution role ARN to support ECR images."
            )
        if (one.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise EcsClientException(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )


def _check_carried(definition: Definition) -> None:
    """Refuse in one line what containers would miss here: as processes they see this machine's files and network."""
    for volume in definition.volumes:
        what = "EFS" if volume.get("efsVolumeConfiguration") else "volumes that containers share"
        raise _not_here(f"has no {what}, which volume {volume.get('name')} needs")
    if definition.proxy:
        raise _not_here("has no App Mesh, which proxyConfiguration needs")
    if str(definition.platform.get("operatingSystemFamily") or "LINUX") != "LINUX":
        raise _not_here("runs LINUX only")
    for one in definition.containers:
        if missing := next((name for name in _NOT_CARRIED if one.get(name)), None):
            raise _not_here(f"does not know {missing}, which container {one.get('name')} has")
        driver = (one.get("logConfiguration") or {}).get("logDriver", "awslogs")
        if driver != "awslogs":
            raise _not_here(f"has no log driver {driver}, which container {one.get('name')} names; use awslogs")


def _not_here(what: str) -> EcsClientException:
    return EcsClientException(f"The embedded AWS {what}.")


def _units(text: str | None) -> int:
    """CPU units or MiB: a number, or one of vCPU or GB; 0 for what is neither."""
    match = _AMOUNT.fullmatch(str(text or "").strip())
    if match is None:
        return 0
    return round(float(match["number"]) * (_GIB if match["unit"] else 1))
