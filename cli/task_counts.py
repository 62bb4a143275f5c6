"""How many tasks services have: those that scale by themselves, and those whose number somebody chose by make scale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cli import aws, inventory, records
from cli.errors import CommandError
from settings.settings import Settings

_RECORD: Final = ".tasks"
"""Suffix of the record of numbers that were chosen by hand. A deploy keeps them."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Between which numbers of tasks a service scales by itself."""

    least: int
    most: int


def scaled(settings: Settings) -> Mapping[str, Bounds]:
    """Read from AWS which services of the environment scale by themselves.

    Returns:
        By the name of the ECS service.
    """
    client, prefix = aws.client(settings, "application-autoscaling"), f"service/{settings.name()}/"
    found = inventory.every(client, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs")
    return {
        str(target["ResourceId"]).removeprefix(prefix): Bounds(
            least=int(target["MinCapacity"]), most=int(target["MaxCapacity"])
        )
        for target in found
        if str(target["ResourceId"]).startswith(prefix)
    }


def by_hand(settings: Settings) -> dict[str, int]:
    """Read which numbers of tasks were chosen by hand, by service of the system.

    Raises:
        CommandError: what was written down cannot be read.
    """
    record = records.of(settings, _RECORD)
    try:
        found = json.loads(record.read() or "{}")
        return {service: int(count) for service, count in found.items() if service in settings.system.images}
    except (ValueError, TypeError, AttributeError) as problem:
        raise CommandError(
            f"{record}, the numbers of tasks that make scale chose, cannot be read ({problem}); delete it, and run "
            "make scale again for those that differ from what is declared."
        ) from problem


def choose(settings: Settings, service: str, count: int) -> None:
    """Write down that a service is to have so many tasks; the declared number ends that."""
    chosen = by_hand(settings)
    chosen.pop(service, None)
    if count != settings.system.images[service].desired_count:
        chosen[service] = count
    if chosen:
        records.of(settings, _RECORD).write(json.dumps(chosen, sort_keys=True))
    else:
        forget(settings)


def forget(settings: Settings) -> None:
    """Forget every number that was chosen by hand."""
    records.of(settings, _RECORD).remove()
