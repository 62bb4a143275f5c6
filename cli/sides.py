"""The two sides of a service's paths, and the header by which the load balancer leads a request to one of them.

``new`` are the canary's tasks while the service's canary has tasks, else the service's own. ``old`` are its own tasks
while its canary has tasks, else the monolith. No visitor knows the key in the header.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from cli import aws
from cli.errors import CommandError
from settings.settings import Settings
from systems.rules import Side, side_header

_KEY_OUTPUT: Final = "canary_key_parameter"


def header_of_side(settings: Settings, outputs: Mapping[str, Any]) -> Callable[[Side], Mapping[str, str]] | None:
    """Read the key of an environment once, by the outputs of its last apply.

    Returns:
        What gives the header for a side; None where the deployment has no such rules yet.
    """
    key = _key(settings, outputs)
    return None if key is None else lambda side: side_header(side, key)


def print_key(settings: Settings, outputs: Mapping[str, Any]) -> None:
    """Print the key on stdout.

    Raises:
        CommandError: the deployment has no such rules yet.
    """
    key = _key(settings, outputs)
    if key is None:
        raise CommandError(f"{settings.name()} was deployed before there was such a key; run make deploy.")
    sys.stdout.write(f"{key}\n")


def _key(settings: Settings, outputs: Mapping[str, Any]) -> str | None:
    parameter = outputs.get(_KEY_OUTPUT)
    if not parameter:
        return None
    found = aws.client(settings, "ssm").get_parameter(Name=parameter, WithDecryption=True)
    return str(found["Parameter"]["Value"])
