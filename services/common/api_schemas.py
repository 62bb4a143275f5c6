"""Shapes of what the services take and answer, as components of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.common import fulfill_key, idempotency, request_ids

Schema = Mapping[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_IMAGE_URI: Final[Schema] = {
    "type": "string",
    "description": "Absolute, or from the root of the website.",
    "examples": ["/images/chimera.svg"],
}


def _object(**properties: Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SUMMARY: Final[Mapping[str, Schema]] = {
    "mysfitId": {"type": "string", "examples": ["4e53920c-505a-4a90-a694-b9300791f0ae"]},
    "name": {"type": "string", "examples": ["Evangeline"]},
    "species": {"type": "string", "examples": ["Chimera"]},
    "goodevil": {"type": "string", "examples": ["Evil"]},
    "lawchaos": {"type": "string", "examples": ["Lawful"]},
    "thumbImageUri": _IMAGE_URI,
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Problem": {
        "description": "What went wrong (RFC 9457).",
        **_object(
            type={"type": "string", "description": "Kind of problem; about:blank says no more than the status."},
            title=_TEXT,
            status={"type": "integer", "minimum": 400, "maximum": 599},
            detail={"type": "string", "description": "What is wrong with this request and what to do next."},
            requestId={"type": "string", "description": "Under this id the service's log knows more."},
        ),
    },
    "Status": _object(service=_TEXT, status={"enum": ["ok", "ready"]}),
    "Updated": _object(Update={"const": "Success"}),
    "MysfitSummary": _object(**_SUMMARY),
    "MysfitList": _object(mysfits={"type": "array", "items": {"$ref": "#/components/schemas/MysfitSummary"}}),
    "MysfitProfile": _object(
        **_SUMMARY,
        age={"type": "integer", "minimum": 0, "description": "In years."},
        description=_TEXT,
        profileImageUri=_IMAGE_URI,
        likes=_COUNT,
        adopted={"type": "boolean"},
    ),
}

_FILTER: Final[Schema] = {
    "type": "object",
    "properties": {
        "filter": {"type": "string", "enum": ["GoodEvil", "LawChaos"]},
        "value": {"type": "string", "minLength": 1, "maxLength": 64, "examples": ["Good"]},
    },
    "dependentRequired": {"filter": ["value"], "value": ["filter"]},
}

PARAMETERS: Final[Mapping[str, Schema]] = {
    "Filter": {
        "name": "query",
        "in": "query",
        "description": "Both or neither: `?filter=GoodEvil&value=Good` lists those with this value on this axis.",
        "style": "form",
        "explode": True,
        "schema": _FILTER,
    },
    "IdempotencyKey": {
        "name": idempotency.HEADER,
        "in": "header",
        "description": "Name of this one change, the same on every retry; without it the service makes one up.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "examples": ["8e03978e-40d5-43e8-bc93"]},
    },
    "IdempotencyKeys": {
        "name": idempotency.GROUP_HEADER,
        "in": "header",
        "required": True,
        "description": f"Keys of 1 to {idempotency.MOST_IN_GROUP} likes, percent-encoded, with slashes between them.",
        "schema": {"type": "string", "pattern": f"^{idempotency.ENCODED_GROUP}$"},
    },
    "RequestId": {
        "name": request_ids.HEADER,
        "in": "header",
        "description": "Name of this one request in logs; anything but 1 to 128 of A-Za-z0-9._:=- is replaced.",
        "schema": _TEXT,
    },
}

HEADERS: Final[Mapping[str, Schema]] = {
    idempotency.HEADER: {"description": "The change's name: send it again to try again.", "schema": _TEXT},
    request_ids.HEADER: {"description": "The request's name in logs.", "schema": _TEXT},
    "X-Served-By": {"description": "The service that answered.", "schema": _TEXT},
    "X-Fulfilled-By": {"description": "The service behind it that stored the change, if another.", "schema": _TEXT},
    "Retry-After": {"description": "When to try again.", "schema": {"type": "integer", "minimum": 1}},
}

SECURITY_SCHEMES: Final[Mapping[str, Schema]] = {
    "fulfillKey": {
        "type": "apiKey",
        "in": "header",
        "name": fulfill_key.HEADER,
        "description": "Held by the services behind this API and nobody else.",
    }
}
