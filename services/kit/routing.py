"""Routes of a declaration as Quart's rules."""

from __future__ import annotations

from systems.service import Route


def rule_of(route: Route) -> str:
    """The rule that matches the route's path; each argument has the converter of its name."""
    return route.at(**{name: f"<{name}:{name}>" for name in route.arguments})
