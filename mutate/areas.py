"""What is mutated, and the share of mutants that the unit tests have to notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Final

GOAL_PERCENT: Final = 85.0

AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "cli": ("cli/*.py",),
    "embedded/ecs": ("embedded/ecs/*.py",),
    "embedded/alb": ("embedded/alb/*.py",),
    "store": (
        "embedded/dynamodb/*.py",
        "services/mysfits/dynamodb_*.py",
        "services/mysfits/like_*.py",
        "services/facade/monolith_facade.py",
        "services/facade/like_forwarding.py",
    ),
}
"""Globs of source files by area."""


def area_of(path: str) -> str:
    """Name of the area that the source file ``path`` (relative, with slashes) belongs to; its folder for any other."""
    for name, patterns in AREAS.items():
        if any(fnmatch(path, pattern) for pattern in patterns):
            return name
    return path.rpartition("/")[0] or path


def patterns_of(names: Iterable[str]) -> list[str]:
    """Globs of the areas ``names``; a name that is no area is a glob itself."""
    return [pattern for name in names for pattern in AREAS.get(name, (name,))]
