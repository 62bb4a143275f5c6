"""What a domain tells the kit about its API: shapes, path arguments, metrics and the sentences that name its things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from werkzeug.routing import BaseConverter

from services.kit import idempotency, request_ids
from services.kit.edge import SERVED_BY

Schema = Mapping[str, Any]


TEXT: Final[Schema] = {"type": "string"}


def object_schema(**properties: Schema) -> dict[str, Any]:
    """The schema of an object with exactly these properties.

    Returns:
        JSON Schema, as OpenAPI 3.1 takes it.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@dataclass(frozen=True, kw_only=True)
class Api:
    """One domain's API.

    Attributes:
        description: plain paragraphs at the head of the OpenAPI document.
        not_found: the detail of a 404 for a path that leads nowhere: what to look at instead.
        schemas, parameters, headers, security_schemes: components of the OpenAPI document, besides the kit's own.
        converters: path arguments by the name that routes use for them.
        meanings: what a status says here, where the kit's words are not enough.
        namespace: CloudWatch namespace of the metrics.
        counts: meanings of counted metrics by name, besides the kit's own.
        measures: (unit, meaning) of measured metrics by name, besides the kit's own.
    """

    description: str = ""
    not_found: str = "Nothing is served at this path."
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    parameters: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)
    security_schemes: Mapping[str, Schema] = field(default_factory=dict)
    converters: Mapping[str, type[BaseConverter]] = field(default_factory=dict)
    meanings: Mapping[int, str] = field(default_factory=dict)
    namespace: str = "Services"
    counts: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def all_headers(self) -> Mapping[str, Schema]:
        """Headers of answers, the kit's and these."""
        return {**HEADERS, **self.headers}

    def extended(
        self,
        *,
        parameters: Mapping[str, Schema],
        headers: Mapping[str, Schema],
        security_schemes: Mapping[str, Schema],
    ) -> Api:
        """This API with more components.

        Returns:
            A new value; this one is unchanged.
        """
        return replace(
            self,
            parameters={**self.parameters, **parameters},
            headers={**self.headers, **headers},
            security_schemes={**self.security_schemes, **security_schemes},
        )


SCHEMAS: Final[Mapping[str, Schema]] = {
    "Problem": {
        "description": "What went wrong (RFC 9457).",
        **object_schema(
            type={"type": "string", "description": "Kind of problem; about:blank says no more than the status."},
            title=TEXT,
            status={"type": "integer", "minimum": 400, "maximum": 599},
            detail={"type": "string", "description": "What is wrong with this request and what to do next."},
            requestId={"type": "string", "description": "Under this id the service's log knows more."},
        ),
    },
    "Status": object_schema(service=TEXT, status={"enum": ["ok", "ready"]}),
}
"""Shapes that every service answers."""

PARAMETERS: Final[Mapping[str, Schema]] = {
    "IdempotencyKey": {
        "name": idempotency.HEADER,
        "in": "header",
        "description": "Name of this one change, the same on every retry; without it the service makes one up.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "examples": ["8e03978e-40d5-43e8-bc93"]},
    },
    "RequestId": {
        "name": request_ids.HEADER,
        "in": "header",
        "description": "Name of this one request in logs; anything but 1 to 128 of A-Za-z0-9._:=- is replaced.",
        "schema": TEXT,
    },
}
"""Headers that every service reads."""

HEADERS: Final[Mapping[str, Schema]] = {
    idempotency.HEADER: {"description": "The change's name: send it again to try again.", "schema": TEXT},
    request_ids.HEADER: {"description": "The request's name in logs.", "schema": TEXT},
    SERVED_BY: {"description": "The service that answered.", "schema": TEXT},
    "Retry-After": {"description": "When to try again.", "schema": {"type": "integer", "minimum": 1}},
}
"""Headers of answers of every service."""
