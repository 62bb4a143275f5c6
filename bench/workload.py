"""What is asked of every side: operations on one hot mysfit, or spread over all twelve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cli.seed import items
from mysfits.tables import MYSFITS
from services.mysfits.routes import LIKE, LIST, PROFILE
from systems.service import Route

HOT_ID: Final = "4e53920c-505a-4a90-a694-b9300791f0ae"
"""The one mysfit that everybody likes and looks at."""

CROWD: Final = 128
"""Connections of the largest closed loop."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One kind of request.

    Attributes:
        name: for people.
        method: HTTP method.
        paths: asked for in turn.
    """

    name: str
    method: str
    paths: tuple[str, ...]


def _operations() -> dict[str, Operation]:
    ids = [str(item["MysfitId"]) for item in items(MYSFITS)]

    def operation(name: str, route: Route, *mysfit_ids: str) -> Operation:
        return Operation(name=name, method=route.method, paths=tuple(route.at(mysfit_id=one) for one in mysfit_ids))

    return {
        "like": operation("Likes of one mysfit", LIKE, HOT_ID),
        "likes": operation("Likes of twelve", LIKE, *ids),
        "list": Operation(name="List", method=LIST.method, paths=(LIST.path,)),
        "profile": operation("Profile of one mysfit", PROFILE, HOT_ID),
        "profiles": operation("Profiles of twelve", PROFILE, *ids),
    }


OPERATIONS: Final[Mapping[str, Operation]] = _operations()
"""All of them, by a short name."""

CLOSED: Final = ("like", "list", "profile")
"""Those that the closed loop measures: the load generator takes one path."""
