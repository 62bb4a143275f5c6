"""In which order the containers of a task start and end, by their ``dependsOn``. No process, no clock.

Source: "Container dependency" in the reference of ECS task definitions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Health = Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"]

CONDITIONS: Final = ("START", "HEALTHY", "COMPLETE", "SUCCESS")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a container has come. ``exit_code`` is None while it has not ended."""

    started: bool
    exit_code: int | None
    health: Health


def needs(definition: Mapping[str, Any]) -> dict[str, str]:
    """What a container definition waits for: condition by the name of the other container."""
    return {each["containerName"]: each["condition"] for each in definition.get("dependsOn") or ()}


def is_met(condition: str, standing: Standing) -> bool:
    """Whether a container may start that waits for ``condition`` of another one."""
    if condition == "HEALTHY":
        return standing.exit_code is None and standing.health == "HEALTHY"
    if condition == "COMPLETE":
        return standing.exit_code is not None
    if condition == "SUCCESS":
        return standing.exit_code == 0
    return standing.started


def never_will_be(condition: str, standing: Standing) -> bool:
    """Whether ``condition`` cannot be met any more: the task then fails to start."""
    if condition == "HEALTHY":
        return standing.exit_code is not None or standing.health == "UNHEALTHY"
    return condition == "SUCCESS" and standing.exit_code not in (None, 0)


def next_to_stop(definitions: Iterable[Mapping[str, Any]], running: Collection[str]) -> tuple[str, ...]:
    """Those of the ``running`` containers on which no other running one depends: they are stopped first."""
    needed = {name for one in definitions if one["name"] in running for name in needs(one)}
    return tuple(name for name in running if name not in needed)


def circle(definitions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of containers that wait for each other, sorted; empty where all can start."""
    waits = {one["name"]: set(needs(one)) for one in definitions}
    while free := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in free:
            del waits[name]
    return tuple(sorted(waits))
