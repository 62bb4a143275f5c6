"""What the services of mysfits say of their API, wherever a route is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.api import TEXT, Api, Schema, object_schema
from services.mysfits.mysfit_ids import MysfitIdConverter

_DESCRIPTION: Final = """\
A like counts exactly once for each pair of mysfit and Idempotency-Key. The service enters every like into a ledger in \
the same transaction that raises the count, and answers only after that transaction; a like whose key is in the ledger \
is acknowledged and not counted again.

Rows of the ledger live for 24 hours. Within that time, whoever got a 503, another 5xx or no answer may send the same \
request with the same key as often as it takes. The same key for another mysfit is another like.

Without a key the service makes one up. Every answer, failures too, has it in the header Idempotency-Key.

Adopting needs no ledger: adopting twice is adopting once."""

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_IMAGE_URI: Final[Schema] = {
    "type": "string",
    "description": "Absolute, or from the root of the website.",
    "examples": ["/images/chimera.svg"],
}

_SUMMARY: Final[Mapping[str, Schema]] = {
    "mysfitId": {"type": "string", "examples": ["4e53920c-505a-4a90-a694-b9300791f0ae"]},
    "name": {"type": "string", "examples": ["Evangeline"]},
    "species": {"type": "string", "examples": ["Chimera"]},
    "goodevil": {"type": "string", "examples": ["Evil"]},
    "lawchaos": {"type": "string", "examples": ["Lawful"]},
    "thumbImageUri": _IMAGE_URI,
}

_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Updated": object_schema(Update={"const": "Success"}),
    "MysfitSummary": object_schema(**_SUMMARY),
    "MysfitList": object_schema(mysfits={"type": "array", "items": {"$ref": "#/components/schemas/MysfitSummary"}}),
    "MysfitProfile": object_schema(
        **_SUMMARY,
        age={"type": "integer", "minimum": 0, "description": "In years."},
        description=TEXT,
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

_PARAMETERS: Final[Mapping[str, Schema]] = {
    "Filter": {
        "name": "query",
        "in": "query",
        "description": "Both or neither: `?filter=GoodEvil&value=Good` lists those with this value on this axis.",
        "style": "form",
        "explode": True,
        "schema": _FILTER,
    },
}

_COUNTS: Final[Mapping[str, str]] = {
    "LikesStored": "likes acknowledged because they were stored",
    "LikesKnown": "of these, known from the ledger: sent before, or their answer was lost",
    "Commits": "groups of likes settled",
    "CommitRepeats": "attempts at a group after its first",
    "CommitFailures": "likes given up: refused or out of time",
}
_MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "CommitMs": ("Milliseconds", "from a group's first attempt to its last answer"),
    "CommitSize": ("Count", "likes in a group"),
}

UNKNOWN_MYSFIT: Final = "urn:mysfits:problem:unknown-mysfit"
"""Type of the 404 that says: the route exists, the mysfit does not. Services in front tell the two apart by it."""

MYSFITS_API: Final = Api(
    description=_DESCRIPTION,
    not_found="Nothing is served at this path; see GET /mysfits for the mysfits.",
    schemas=_SCHEMAS,
    parameters=_PARAMETERS,
    converters={"mysfit_id": MysfitIdConverter},
    meanings={404: "There is no such mysfit, or nothing is served at this path."},
    namespace="Mysfits",
    counts=_COUNTS,
    measures=_MEASURES,
)
