"""By which load balancer services reach the monolith's facade: the setting FACADE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from systems.facade_way import FacadeWay
from systems.system import System

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "FACADE": (
        "",
        "by which load balancer services reach the monolith's facade: `public`, that of the visitors, or `internal`, "
        "one inside the VPC, while the public one refuses the facade's paths; by default `internal` with "
        "`PROFILE=production` on AWS, else `public`",
    ),
}
"""Every variable that is read here, with its default and what it means."""

_WAYS: Final = {"public": FacadeWay.PUBLIC, "internal": FacadeWay.INTERNAL}


def read(
    value: Callable[[str], str],
    one_of: Callable[[str, str, tuple[str, ...]], str],
    *,
    system: System | None,
    problems: list[str],
) -> FacadeWay | None:
    """Read FACADE; None where it is not given.

    Args:
        value: text of a variable.
        one_of: checks that a variable's text is one of some.
        system: that is to be deployed; None where that is wrong.
        problems: gets a line if the text is no way, or the system has no facade.
    """
    text = value("FACADE")
    if not text:
        return None
    way = _WAYS.get(one_of("FACADE", text, tuple(_WAYS)))
    if way is FacadeWay.INTERNAL and system is not None and system.facade is None:
        problems.append(f"FACADE={text}: {system.name} has no facade; leave FACADE out.")
    return way
