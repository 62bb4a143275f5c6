"""The mysfits' API with what only services say to each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.facade import fulfill_key, key_groups
from services.facade.persistence import FULFILLED_BY
from services.kit.api import TEXT, Api
from services.kit.openapi import Operation
from services.mysfits.api import MYSFITS_API

_SCHEME: Final = "fulfillKey"

FACADE_API: Final[Api] = MYSFITS_API.extended(
    parameters={
        "IdempotencyKeys": {
            "name": key_groups.HEADER,
            "in": "header",
            "required": True,
            "description": f"Keys of 1 to {key_groups.MOST_IN_GROUP} likes, percent-encoded, slashes between them.",
            "schema": {"type": "string", "pattern": f"^{key_groups.ENCODED_GROUP}$"},
        }
    },
    headers={
        FULFILLED_BY: {"description": "The service behind it that stored the change, if another.", "schema": TEXT}
    },
    security_schemes={
        _SCHEME: {
            "type": "apiKey",
            "in": "header",
            "name": fulfill_key.HEADER,
            "description": "Held by the services behind this API and nobody else.",
        }
    },
)


def guarded_docs(operation: Operation) -> Operation:
    """The same operation, for services with a live key only."""
    return replace(operation, security=_SCHEME)
