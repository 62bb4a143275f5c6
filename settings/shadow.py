"""Which share of live requests goes to the new side too: the setting SHADOW."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from settings.numbers import is_number
from systems.system import System

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "SHADOW": (
        "0",
        "percentage of its requests that a service, where it can, also sends to the new side; `make shadow` shows how "
        "the answers compare",
    ),
}
"""Every variable that is read here, with its default and what it means."""


def read(text: str, *, system: System | None, problems: list[str]) -> int:
    """Read SHADOW.

    Args:
        text: of the variable.
        system: that is to be deployed; None where that is wrong.
        problems: gets a line if the text is no percentage, or no service of the system can do it.

    Returns:
        Percent, from 0 to 100.
    """
    if not is_number(text) or int(text) > 100:
        problems.append(f"SHADOW={text} is not a percentage from 0 to 100; try SHADOW=5.")
        return 0
    percent = int(text)
    if percent and system is not None and not any(service.can_shadow for service in system.images.values()):
        problems.append(
            f"SHADOW={text}: none of {', '.join(system.images)} can send its requests to the new side too; leave "
            "SHADOW out, or teach a service to do so and say can_shadow=True in its declaration."
        )
    return percent
