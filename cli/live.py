"""What is really deployed, read from AWS rather than remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cli import aws, facade_moves, inventory
from cli.errors import CommandError
from cli.phases import Canary, Live
from modules.fargate_service.shapes import CANARY_SUFFIX, FALLBACK_SUFFIX
from settings.names import short_name
from settings.settings import Settings
from systems.rules import MONOLITH_RULE, former_priority
from systems.system import System


def read(settings: Settings, stage: str | None) -> Live:
    """Read the live state of the stage that Terraform applied last (None: nothing).

    A service that an interrupted run did not get to has no weight.

    Raises:
        CommandError: this checkout does not know the stage.
    """
    if stage is None:
        return Live(stage=None)
    row = settings.system.stage_by_name.get(stage)
    if row is None:
        raise CommandError(
            f"What is deployed as {settings.name()} is in stage {stage}, which this checkout does not know; use the "
            "checkout that deployed it."
        )
    services = active_services(settings)
    if row.placeholder:
        return Live(stage=stage, facade=facade_moves.read(settings, services, {}))
    containers = _containers(settings, services)
    rule_shares = shares(settings)
    return Live(
        stage=stage,
        weights=_weights(settings, rule_shares),
        routes=_routes(containers.get(settings.system.monolith.name), settings.system),
        image_tags=_image_tags(settings, containers),
        canaries=_canaries(settings, services, containers, rule_shares),
        lacks_fallback_group=_lacks_fallback_group(settings, services),
        facade=facade_moves.read(settings, services, containers),
    )


def _lacks_fallback_group(settings: Settings, services: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there is a monolith whose tasks are not in the target group for the paths that move."""
    name = settings.name(settings.system.monolith.name)
    return any(
        service["serviceName"] == name
        and not any(
            f"/{name}{FALLBACK_SUFFIX}/" in balancer.get("targetGroupArn", "") for balancer in service["loadBalancers"]
        )
        for service in services
    )


def active_services(settings: Settings) -> list[dict[str, Any]]:
    """Read the services of the environment's cluster.

    Returns:
        Each that was not deleted, as DescribeServices shows it.
    """
    found = inventory.services(aws.client(settings, "ecs"), settings.name())
    return [service for service in found if service["status"] == "ACTIVE"]


def desired_counts(settings: Settings) -> dict[str, int]:
    """Read how many tasks each service of the environment is to have, by its short name: ``orders``, ``orders-c``."""
    return {_short(settings, service): int(service["desiredCount"]) for service in active_services(settings)}


def is_own(settings: Settings, service: Mapping[str, Any]) -> bool:
    """Whether a service of ``active_services`` is the system's, or a canary of it, by its name."""
    own = {settings.name(name) for name in settings.system.images}
    return str(service["serviceName"]).removesuffix(CANARY_SUFFIX) in own


def container_of(settings: Settings, service: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what a service of ``active_services`` runs.

    Returns:
        Its container definition.
    """
    ecs = aws.client(settings, "ecs")
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    container: Mapping[str, Any] = definition["containerDefinitions"][0]
    return container


def task_definition_of(settings: Settings, service: str) -> str:
    """Find what the own tasks of a service of the system run.

    Returns:
        ARN of the task definition; empty when there is no such service.
    """
    name = settings.name(service)
    return next((str(one["taskDefinition"]) for one in active_services(settings) if one["serviceName"] == name), "")


def _containers(settings: Settings, services: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Container definition of each service by its short name, such as ``orders``, and ``orders-c`` for its canary."""
    return {_short(settings, service): container_of(settings, service) for service in services}


def _short(settings: Settings, service: Mapping[str, Any]) -> str:
    return short_name(str(service["serviceName"]), environment=settings.name())


def _image_tags(settings: Settings, containers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    found = {name: _tag(settings, name, containers.get(name)) for name in settings.system.images}
    return {name: tag for name, tag in found.items() if tag is not None}


def _tag(settings: Settings, service: str, container: Mapping[str, Any] | None) -> str | None:
    """Image tag of a container; None where it runs no image of the service."""
    repository, _, tag = str((container or {}).get("image", "")).rpartition(":")
    return tag if repository.endswith(f"/{settings.name(service)}") else None


def _canaries(
    settings: Settings,
    services: Iterable[Mapping[str, Any]],
    containers: Mapping[str, Mapping[str, Any]],
    shares: Mapping[str, Mapping[str, int]],
) -> dict[str, Canary]:
    """Canaries that have tasks, or are to have some, or requests."""
    desired = {_short(settings, service): int(service["desiredCount"]) for service in services}
    found = {}
    for name in settings.system.images:
        canary = name + CANARY_SUFFIX
        own, new = (shares.get(name, {}).get(group, 0) for group in (name, canary))
        if desired.get(canary) or new:
            tag = _tag(settings, name, containers.get(canary)) or ""
            found[name] = Canary(image_tag=tag, weight=inventory.percent(new, own + new))
    return found


def _routes(container: Mapping[str, Any] | None, system: System) -> tuple[str, ...] | None:
    environment = {pair["name"]: pair["value"] for pair in (container or {}).get("environment", [])}
    told = environment.get(system.monolith_routes_variable or "")
    return None if told is None else tuple(name for name in told.split(",") if name)


def _weights(settings: Settings, shares: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Percent that each separate service gets of its own rules; rules of others do not count."""
    return {name: _share(groups, name) for name, groups in shares.items() if name in settings.system.service_by_name}


def shares(settings: Settings) -> dict[str, dict[str, int]]:
    """Read the rule of each service of the system that has one.

    A run that was cut off may leave rules of one service with different weights. The one by which it gets most counts:
    a service gets requests only once it is steady.

    Returns:
        By service: weight by target group, whose name is without the environment's.
    """
    elb, system = aws.client(settings, "elbv2"), settings.system
    rules = [(name, rule) for name in system.service_by_name for rule in system.rules(name)]
    rules.append((system.monolith.name, MONOLITH_RULE))
    owners = {str(priority): name for name, rule in rules for priority in (rule.priority, former_priority(rule))}
    groups = inventory.target_groups(elb)
    found: dict[str, dict[str, int]] = {}
    for rule in inventory.rules(elb, settings.name(), port=settings.listener_port):
        owner = owners.get(rule["Priority"])
        weights_here = {
            short_name(str(groups.get(arn)), environment=settings.name()): weight
            for arn, weight in inventory.weights_of(rule).items()
        }
        if owner is not None and owner in weights_here:
            found[owner] = max(weights_here, found.get(owner, {}), key=lambda one: _share(one, owner))
    return found


def _share(shares: Mapping[str, int], owner: str) -> int:
    return inventory.percent(sum(shares.get(one, 0) for one in (owner, owner + CANARY_SUFFIX)), sum(shares.values()))
