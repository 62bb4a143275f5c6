"""What is really deployed, read from AWS rather than remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli import aws, inventory
from cli.errors import CommandError
from cli.plan import Live
from settings.settings import Settings
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
    if row.placeholder:
        return Live(stage=stage)
    monolith = running_containers(settings).get(settings.system.monolith.name)
    return Live(stage=stage, weights=weights(settings), routes=_routes(monolith, settings.system))


def active_services(settings: Settings) -> list[dict[str, Any]]:
    """Read the services of the environment's cluster.

    Returns:
        Each that was not deleted, as DescribeServices shows it.
    """
    found = inventory.services(aws.client(settings, "ecs"), settings.name())
    return [service for service in found if service["status"] == "ACTIVE"]


def container_of(settings: Settings, service: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what a service of ``active_services`` runs.

    Returns:
        Its container definition.
    """
    ecs = aws.client(settings, "ecs")
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    container: Mapping[str, Any] = definition["containerDefinitions"][0]
    return container


def running_containers(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """Read what every service of the cluster runs.

    Returns:
        Container definition by short name of the service.
    """
    return {
        service["serviceName"].removeprefix(f"{settings.name()}-"): container_of(settings, service)
        for service in active_services(settings)
    }


def image_tags(settings: Settings) -> dict[str, str]:
    """Find what runs.

    Returns:
        Image tag by service, without services that run an image of somebody else.
    """
    tags = {}
    for name, container in running_containers(settings).items():
        repository, _, tag = str(container["image"]).rpartition(":")
        if repository.endswith(f"/{settings.name(name)}"):
            tags[name] = tag
    return tags


def _routes(container: Mapping[str, Any] | None, system: System) -> tuple[str, ...] | None:
    environment = {pair["name"]: pair["value"] for pair in (container or {}).get("environment", [])}
    told = environment.get(system.monolith_routes_variable or "")
    return None if told is None else tuple(name for name in told.split(",") if name)


def weights(settings: Settings) -> dict[str, int]:
    """Percent that each separate service gets of its own rules; rules of others do not count.

    A run that was cut off may leave rules of one service with different weights. The highest counts: a service gets
    requests only once it is steady.
    """
    elb, system = aws.client(settings, "elbv2"), settings.system
    owners = {str(rule.priority): name for name in system.service_by_name for rule in system.rules(name)}
    groups = inventory.target_groups(elb)
    found: dict[str, int] = {}
    for rule in inventory.rules(elb, settings.name(), port=settings.listener_port):
        service = owners.get(rule["Priority"])
        shares = {groups.get(arn): weight for arn, weight in inventory.weights_of(rule).items()}
        if service is not None and settings.name(service) in shares:
            total = sum(shares.values())
            weight = round(100 * shares[settings.name(service)] / total) if total else 0
            found[service] = max(weight, found.get(service, 0))
    return found
