"""The name of one change, carried on every hop and every retry, by which the store knows it again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, Final, TypeVar, cast

from quart import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from services.kit.problems import Problem

HEADER: Final = "Idempotency-Key"

_SANE = re.compile(r"[\x21-\x7e]{1,255}")
_SCOPE_KEY: Final = "kit.idempotency_key"

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


def key_of_request() -> str:
    """The key of the current request, a new one if it has none; its answer will carry it, whatever the answer is.

    An answer that is an error needs it most: only with the same key can a client that sent none try again safely.
    """
    key = client_key(request.headers.getlist(HEADER)) or secrets.token_hex(16)
    cast(dict[str, Any], request.scope)[_SCOPE_KEY] = key
    return key


async def carry_back(response: Answer) -> Answer:
    """Put the key into the answer, where the request got one; applications register this with ``after_request``."""
    key = request.scope.get(_SCOPE_KEY)
    if key is not None:
        response.headers[HEADER] = key
    return response
