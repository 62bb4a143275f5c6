"""What is mutated, and the share of mutants that the unit tests have to notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final

GOAL_PERCENT: Final = 85.0

UNIT_TESTS: Final = ("tests/unit",)


@dataclass(frozen=True, kw_only=True)
class Area:
    """Source files whose mutants one set of tests has to notice.

    Attributes:
        sources: globs, whose ``*`` goes into folders too.
        tests: what pytest runs.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...] = UNIT_TESTS


AREAS: Final[Mapping[str, Area]] = {
    "cli": Area(sources=("cli/*.py",)),
    "embedded/ecs": Area(sources=("embedded/ecs/*.py",)),
    "embedded/alb": Area(
        sources=("embedded/alb/*.py",),
        # Whether a proxy does what its configuration means, only a proxy can tell; these tests start one in a moment.
        tests=(
            "tests/unit/embedded/alb",
            *(
                "tests/local/test_alb_forwarding.py",
                "tests/local/test_alb_process.py",
                "tests/local/test_alb_changes.py",
                "tests/local/test_alb_metrics_live.py",
            ),
            *("tests/local/test_alb_actions_live.py", "tests/local/test_alb_matching_live.py"),
        ),
    ),
    "store": Area(
        sources=(
            "embedded/dynamodb/*.py",
            "services/mysfits/dynamodb_*.py",
            "services/mysfits/like_*.py",
            "services/facade/monolith_facade.py",
            "services/facade/like_forwarding.py",
        )
    ),
}


def area_of(path: str) -> str:
    """Name of the area that the source file ``path`` (relative, with slashes) belongs to; its folder for any other."""
    for name, area in AREAS.items():
        if any(fnmatch(path, pattern) for pattern in area.sources):
            return name
    return path.rpartition("/")[0] or path


def patterns_of(names: Iterable[str]) -> list[str]:
    """Globs of the areas ``names``; a name that is no area is a glob itself."""
    return [pattern for name in names for pattern in (AREAS[name].sources if name in AREAS else (name,))]


def pytest_paths_of(names: Iterable[str]) -> list[str]:
    """What pytest runs for the areas ``names``; the unit tests for a name that is no area."""
    return list(dict.fromkeys(test for name in names for test in (AREAS[name].tests if name in AREAS else UNIT_TESTS)))
