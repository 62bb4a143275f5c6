"""The name of one like, carried on every hop and every retry, by which the store knows it again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote, unquote

from quart import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from services.common.fresh_ids import fresh_id
from services.common.like_batch import MOST_LIKES
from services.common.problems import Problem

HEADER: Final = "Idempotency-Key"

GROUP_HEADER: Final = "Idempotency-Keys"
"""Keys of several likes that are sent on together: percent-encoded, with slashes between them."""

MOST_IN_GROUP: Final = MOST_LIKES
"""What fits into one transaction of the store."""

_ENCODED_KEY: Final = r"(?:[A-Za-z0-9._~-]|%(?:2[1-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-D])){1,255}"
ENCODED_GROUP: Final = f"{_ENCODED_KEY}(?:/{_ENCODED_KEY}){{0,{MOST_IN_GROUP - 1}}}"
"""GROUP_HEADER's values: just what has to be percent-encoded is, so a key has one spelling."""

MOST_CHARACTERS_IN_GROUP: Final = 4096
"""Of all keys; encoded it is three times that at most, and so within any limit of a request's head."""

_SANE = re.compile(r"[\x21-\x7e]{1,255}")
_GROUP = re.compile(ENCODED_GROUP)
_SCOPE_KEY: Final = "mysfits.idempotency_key"

Answer = TypeVar("Answer", Response, WerkzeugResponse)


def client_key(values: Sequence[str]) -> str | None:
    """The one key among all values of a request's Idempotency-Key header, or None where there is none.

    Raises:
        Problem: 400 for several keys, or one that is not 1 to 255 visible ASCII characters.
    """
    if not values:
        return None
    if len(values) > 1 or not _SANE.fullmatch(values[0]):
        raise Problem(400, f"{HEADER} must be given once, with 1 to 255 visible ASCII characters.")
    return values[0]


def encode_group(keys: Collection[str]) -> str:
    """Value of GROUP_HEADER for different keys, up to MOST_IN_GROUP and MOST_CHARACTERS_IN_GROUP."""
    return "/".join(quote(key, safe="") for key in keys)


def keys_of_group() -> list[str]:
    """The different keys in the current request's GROUP_HEADER.

    Raises:
        Problem: 400 when they are none, too many or no keys.
    """
    values = request.headers.getlist(GROUP_HEADER)
    if len(values) != 1 or not _GROUP.fullmatch(values[0]):
        raise Problem(
            400,
            f"{GROUP_HEADER} must be given once, with 1 to {MOST_IN_GROUP} keys, each percent-encoded where it has to "
            "be, with slashes between them.",
        )
    return [unquote(part) for part in dict.fromkeys(values[0].split("/"))]


def key_of_request() -> str:
    """The key of the current request, a new one if it has none; its answer will carry it, whatever the answer is.

    An answer that is an error needs it most: only with the same key can a client that sent none try again safely.
    """
    key = client_key(request.headers.getlist(HEADER)) or fresh_id()
    cast(dict[str, Any], request.scope)[_SCOPE_KEY] = key
    return key


async def carry_back(response: Answer) -> Answer:
    """Put the key into the answer, where the request got one; applications register this with ``after_request``."""
    key = request.scope.get(_SCOPE_KEY)
    if key is not None:
        response.headers[HEADER] = key
    return response
