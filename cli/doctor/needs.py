"""What a walk to a stage has at most: of tasks, and of what AWS counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from modules.network.zones import zones
from settings.settings import Settings
from systems.service import Service

_BESIDE: Final = 2
"""While a service takes a new revision, its canary has as many tasks as it, and its own tasks are replaced by as many
new ones before they go."""


def most_tasks(settings: Settings) -> int:
    """Tasks at once in the stage of the settings as declared, while one service takes a new revision."""
    sizes = _sizes(settings, lambda service: service.desired_count)
    return int(sum(sizes) + _BESIDE * max(sizes))


def most_vcpus(settings: Settings) -> float:
    """Fargate's vCPUs, at most, of a stage whose services have scaled to their most while one takes a new revision.

    That one is counted with as many tasks as declared: who takes a revision at the very top of a surge needs more.
    """
    at_most = _sizes(settings, lambda service: _vcpus(service, service.scaling.most if service.scaling else None))
    return sum(at_most) + _BESIDE * max(_sizes(settings, _vcpus))


def addresses(settings: Settings) -> int:
    """Elastic IP addresses: one for each NAT gateway."""
    profile = settings.profile_here
    by_mode = {"none": 0, "single": 1, "per_az": len(zones(settings.region, profile.zone_count))}
    return by_mode[profile.nat_mode]


def _vcpus(service: Service, count: int | None = None) -> float:
    return (service.desired_count if count is None else count) * service.size.cpu_units / 1024


def _sizes(settings: Settings, measure: Callable[[Service], float]) -> list[float]:
    images = settings.system.images
    return [measure(images[name]) for name in (settings.system.monolith.name, *settings.stage_row.separate)]
