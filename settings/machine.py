"""What the embedded AWS makes of this machine: the settings MAX_TASKS and SCALING_SPEED, read when it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from embedded.settings import FASTEST_SCALING

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "MAX_TASKS": (
        "",
        "most ECS tasks at once in the embedded AWS, read when it starts; by default what memory bears, 40 to 200",
    ),
    "SCALING_SPEED": (
        "1",
        "how many times as fast as on AWS, up to 60, alarms and cooldowns pass by which services scale in the embedded "
        "AWS, read when it starts",
    ),
}
"""Every variable that is read here, with its default and what it means."""


def read(value: Callable[[str], str], count: Callable[[str], int], *, problems: list[str]) -> tuple[int | None, int]:
    """Read MAX_TASKS, None where it is not given, and SCALING_SPEED.

    Args:
        value: of a variable.
        count: the same as a number above 0.
        problems: gets a line for each that is wrong.
    """
    speed = count("SCALING_SPEED")
    if speed > FASTEST_SCALING:
        problems.append(f"SCALING_SPEED={speed} is too fast; use a number from 1 to {FASTEST_SCALING}.")
    return (count("MAX_TASKS") if value("MAX_TASKS") else None), speed
