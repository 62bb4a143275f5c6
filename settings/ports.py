"""Loopback ports of the embedded AWS: settings that end with PORT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from settings.numbers import is_number

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "ALB_PORT": ("8080", "loopback port of this environment's load balancer, remembered; local target only"),
    "AWS_PORT": ("4566", "loopback port of the AWS API, the same for all environments; local target only"),
    "SITE_PORT": ("8081", "loopback port of this environment's website, remembered; local target only"),
    "INTERNAL_PORT": (
        "8082",
        "loopback port of this environment's internal load balancer, which `FACADE=internal` makes, remembered; local "
        "target only",
    ),
}
"""Every variable that is read here, with its default and what it means."""


def read(value: Callable[[str], str], *, internal: bool, problems: list[str]) -> Mapping[str, int]:
    """Read the variables of DESCRIPTIONS: TCP port by name, 0 for one that is wrong.

    Args:
        value: text of a variable.
        internal: whether there is to be an internal load balancer.
        problems: gets a line for each that is wrong.
    """
    ports: dict[str, int] = {}
    by_port: dict[int, str] = {}
    for name in DESCRIPTIONS:
        text = value(name)
        if not (is_number(text) and 1 <= int(text) <= 65535):
            problems.append(f"{name}={text} is not a TCP port; use a number from 1 to 65535.")
            ports[name] = 0
            continue
        number = ports[name] = int(text)
        if name == "INTERNAL_PORT" and not internal:
            continue
        if number in by_port:
            problems.append(f"{name} and {by_port[number]} are both {number}; give each a port of its own.")
        by_port[number] = name
    return ports
