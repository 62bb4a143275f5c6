"""Items of the mysfits table as DynamoDB's API gives them, turned into mysfits."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.kit.logs import fields
from services.mysfits.mysfits import MysfitProfile, MysfitSummary

log = logging.getLogger(__name__)

Item = Mapping[str, Mapping[str, Any]]

_ABSOLUTE_OR_ROOTED: Final = re.compile(r"/|[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def image_uri(stored: str) -> str:
    """Address of a picture, absolute or from the root of the website.

    A relative one, as older items have it, would mean another picture on every page in a sub folder.
    """
    return stored if _ABSOLUTE_OR_ROOTED.match(stored) else f"/{stored}"


def summary(item: Item) -> MysfitSummary:
    """The list's part of an item; KeyError when an attribute is missing."""
    return MysfitSummary(
        mysfit_id=item["MysfitId"]["S"],
        name=item["Name"]["S"],
        species=item["Species"]["S"],
        good_evil=item["GoodEvil"]["S"],
        law_chaos=item["LawChaos"]["S"],
        thumb_image_uri=image_uri(item["ThumbImageUri"]["S"]),
    )


def profile(item: Item) -> MysfitProfile:
    """A whole item; KeyError when an attribute is missing."""
    return MysfitProfile(
        summary=summary(item),
        age=int(item["Age"]["N"]),
        description=item["Description"]["S"],
        profile_image_uri=image_uri(item["ProfileImageUri"]["S"]),
        likes=int(item["Likes"]["N"]),
        adopted=bool(item["Adopted"]["BOOL"]),
    )


def summaries(items: Iterable[Item]) -> list[MysfitSummary]:
    """The list's part of each item. One broken item must not take the whole list down; it is left out and logged."""
    whole: list[MysfitSummary] = []
    for item in items:
        try:
            whole.append(summary(item))
        except KeyError as missing:
            mysfit_id = item.get("MysfitId", {}).get("S")
            log.error(
                "Left an item without %s out of the list; complete it.", missing, extra=fields(mysfitId=mysfit_id)
            )
    return whole
