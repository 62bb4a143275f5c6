"""What is asked of every side: operations on one hot mysfit, or spread over all twelve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cli.seed import items
from mysfits.tables import MYSFITS

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
    return {
        "like": Operation(name="Likes of one mysfit", method="POST", paths=(f"/mysfits/{HOT_ID}/like",)),
        "likes": Operation(name="Likes of twelve", method="POST", paths=tuple(f"/mysfits/{one}/like" for one in ids)),
        "list": Operation(name="List", method="GET", paths=("/mysfits",)),
        "profile": Operation(name="Profile of one mysfit", method="GET", paths=(f"/mysfits/{HOT_ID}",)),
        "profiles": Operation(name="Profiles of twelve", method="GET", paths=tuple(f"/mysfits/{one}" for one in ids)),
    }


OPERATIONS: Final[Mapping[str, Operation]] = _operations()
"""All of them, by a short name."""

CLOSED: Final = ("like", "list", "profile")
"""Those that the closed loop measures: the load generator takes one path."""
