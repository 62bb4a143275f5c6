"""Keys of several likes that are sent on together, in one header."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote, unquote

from quart import request

from services.kit.problems import Problem
from services.mysfits.like_batch import MOST_LIKES

HEADER: Final = "Idempotency-Keys"
"""Percent-encoded keys with slashes between them."""

MOST_IN_GROUP: Final = MOST_LIKES
"""What fits into one transaction of the store."""

MOST_CHARACTERS_IN_GROUP: Final = 4096
"""Of all keys; encoded it is three times that at most, and so within any limit of a request's head."""

_ENCODED_KEY: Final = r"(?:[A-Za-z0-9._~-]|%(?:2[1-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-D])){1,255}"
ENCODED_GROUP: Final = f"{_ENCODED_KEY}(?:/{_ENCODED_KEY}){{0,{MOST_IN_GROUP - 1}}}"
"""HEADER's values: just what has to be percent-encoded is, so a key has one spelling."""

_GROUP = re.compile(ENCODED_GROUP)


def encode(keys: Collection[str]) -> str:
    """Value of HEADER for different keys, up to MOST_IN_GROUP and MOST_CHARACTERS_IN_GROUP."""
    return "/".join(quote(key, safe="") for key in keys)


def keys_of_request() -> list[str]:
    """The different keys in the current request's HEADER.

    Raises:
        Problem: 400 when they are none, too many or no keys.
    """
    values = request.headers.getlist(HEADER)
    if len(values) != 1 or not _GROUP.fullmatch(values[0]):
        raise Problem(
            400,
            f"{HEADER} must be given once, with 1 to {MOST_IN_GROUP} keys, each percent-encoded where it has to "
            "be, with slashes between them.",
        )
    return [unquote(part) for part in dict.fromkeys(values[0].split("/"))]
