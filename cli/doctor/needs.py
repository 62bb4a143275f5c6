"""What a walk to a stage has at most: of tasks, and of what AWS counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from settings.settings import Settings
from systems.service import Service

_BESIDE: Final = 2
"""While a service takes a new revision, its canary has as many tasks as it, and its own tasks are replaced by as many
new ones before they go."""


def most_tasks(settings: Settings) -> int:
    """Tasks at once in the stage of the settings, while one service takes a new revision."""
    return int(_most(settings, lambda service: service.desired_count))


def most_vcpus(settings: Settings) -> float:
    """Fargate's vCPUs of these tasks, at most."""
    return _most(settings, lambda service: service.desired_count * service.size.cpu_units / 1024)


def _most(settings: Settings, measure: Callable[[Service], float]) -> float:
    images = settings.system.images
    sizes = [measure(images[name]) for name in (settings.system.monolith.name, *settings.stage_row.separate)]
    return sum(sizes) + _BESIDE * max(sizes)
