"""What the embedded ECS takes and does not support, in words: it is told, never left out without a word."""

from __future__ import annotations

import platform
from typing import Any, Final

_OWN_ARCHITECTURE: Final = {"x86_64": "X86_64", "amd64": "X86_64", "aarch64": "ARM64", "arm64": "ARM64"}


def of_service(record: Any) -> tuple[str, ...]:
    """What of a service (moto's record) works on AWS only."""
    found = []
    providers = {one["capacityProvider"] for one in getattr(record, "capacity_provider_strategy", None) or ()}
    if "FARGATE_SPOT" in providers:
        found.append("FARGATE_SPOT takes no task away here")
    if getattr(record, "enable_execute_command", False):
        found.append("ExecuteCommand is not there; containers are processes of this machine")
    if getattr(record, "availability_zone_rebalancing", "") == "ENABLED":
        found.append("zones are not rebalanced, as they are all this machine")
    return tuple(found)


def of_definition(definition: Any, *, machine: str = "") -> tuple[str, ...]:
    """What of a task definition (moto's) works on AWS only.

    ``machine`` names the architecture of this machine, as ``platform.machine`` does by default.
    """
    found = []
    wanted = (getattr(definition, "runtime_platform", None) or {}).get("cpuArchitecture", "X86_64")
    own = _OWN_ARCHITECTURE.get((machine or platform.machine()).lower(), "another architecture")
    if wanted != own:
        found.append(f"images for {wanted} run as {own}, which this machine is")
    if getattr(definition, "ephemeral_storage", None):
        found.append("ephemeralStorage is what this machine's disk has")
    users = sorted(one["name"] for one in definition.container_definitions if one.get("user"))
    if users:
        found.append(f"user of {', '.join(users)} is whoever runs the embedded AWS")
    return tuple(found)
