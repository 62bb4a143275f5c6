"""Routes of a declaration as Quart's rules."""

from __future__ import annotations

import re
from typing import Final

from systems.service import Route

_ARGUMENT: Final = re.compile(r"\{([a-z_]+)\}")


def rule_of(route: Route) -> str:
    """The rule that matches the route's path; each argument has the converter of its name."""
    return _ARGUMENT.sub(r"<\1:\1>", route.path)
