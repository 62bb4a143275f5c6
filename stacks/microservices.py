"""Services that may take paths away from the monolith, as data: one entry for each.

A new service is a folder under ``services/``, an entry here and its name in the stages of ``stacks/stages.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from modules.fargate_service.shapes import ListenerRule, TaskSize


@dataclass(frozen=True, kw_only=True)
class Microservice:
    """One service split off the monolith.

    Attributes:
        name: its folder under ``services/``, Terraform module and part of its AWS names; at most 12 characters.
        rule: the paths that it takes over; priorities lie below the monolith's and are its own.
        size: CPU and memory of a task.
        desired_count: number of tasks.
        keeps_ledger: whether it enters likes into the ledger where it persists by itself.
    """

    name: str
    rule: ListenerRule
    size: TaskSize
    desired_count: int = 2
    keeps_ledger: bool = False


_ALL: Final = (
    Microservice(
        name="like",
        rule=ListenerRule(priority=1, path_patterns=("/mysfits/*/like",)),
        size=TaskSize(cpu_units=256, memory_mib=512),
        keeps_ledger=True,
    ),
    Microservice(
        name="adopt",
        rule=ListenerRule(priority=2, path_patterns=("/mysfits/*/adopt",)),
        size=TaskSize(cpu_units=256, memory_mib=512),
    ),
)

MICROSERVICES: Final[Mapping[str, Microservice]] = MappingProxyType({service.name: service for service in _ALL})
"""Microservices by name."""

FACADE_PATTERN: Final = "/mysfits/*/fulfill-*"
"""Paths of the monolith's facade, which is for microservices only."""

KEY_HEADER: Final = "X-Fulfill-Key"
"""Header by which the facade knows them."""

SERVICES: Final = ("monolith", *MICROSERVICES)
"""Names of all services with an image of their own."""
