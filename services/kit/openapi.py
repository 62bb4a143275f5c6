"""The OpenAPI 3.1 document of a service, made from its routes and from the documentation beside each view.

quart-schema was weighed and left: it knows neither problem media types nor converters, puts itself into the making of
every response, and its documentation pages load from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from quart import Quart
from werkzeug.routing import BaseConverter, Rule

from services.kit import idempotency, request_ids
from services.kit.api import PARAMETERS, SCHEMAS, Api
from services.kit.edge import SERVED_BY
from services.kit.problems import MEDIA_TYPE

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE: Final = "_openapi_operation"
_HIDDEN: Final = "_openapi_hidden"
_ARGUMENT: Final = re.compile("<(?:(?P<converter>[^:>]*):)?(?P<name>[^>]+)>")
_EVERYWHERE: Final = (400, 404, 408, 413, 431)
"""What the edge may answer to any request, before any route."""

_MEANINGS: Final[Mapping[int, str]] = {
    400: "The request is malformed.",
    403: "A page of another origin than the site's sent the request, or it wants a live key and brought none.",
    404: "Nothing is served at this path.",
    408: "The body did not arrive in time.",
    413: "The body is too large; none is wanted.",
    431: "Target and headers are too large.",
    503: "Something this service needs is away, or the task is being stopped. Try again.",
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The documentation of one route.

    Attributes:
        summary: one line.
        description: more, in plain paragraphs.
        answers: schema of the body of a success; its name among the API's or the kit's.
        parameters: names of parameters of the API or the kit, besides those in the path.
        failures: statuses of failures, besides those of every route.
        with_key: whether answers carry an Idempotency-Key.
        security: name of the security scheme that it wants, of those of the API; None for a public route.
    """

    summary: str
    answers: str
    description: str = ""
    parameters: tuple[str, ...] = ()
    failures: tuple[int, ...] = ()
    with_key: bool = False
    security: str | None = None


def documented(operation: Operation) -> Callable[[View], View]:
    """Decorate a view with its documentation."""

    def decorate(view: View) -> View:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return decorate


def hidden(view: View) -> View:
    """Decorates a view that the document leaves out."""
    setattr(view, _HIDDEN, True)
    return view


def public_path(app: Quart, rule: Rule) -> str | None:
    """Path of a rule as the document has it; None for one that is not documented, or not open to everybody."""
    operation = getattr(app.view_functions[rule.endpoint], _ATTRIBUTE, None)
    return None if operation is None or operation.security is not None else _path(rule)


def _path(rule: Rule) -> str:
    return _ARGUMENT.sub(r"{\g<name>}", rule.rule)


def document(app: Quart, *, api: Api, title: str) -> dict[str, Any]:
    """The OpenAPI document of every route of ``app``.

    Returns:
        It as JSON values.

    Raises:
        ValueError: a route is neither documented nor hidden.
    """
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, _HIDDEN, False):
            continue
        operation = getattr(view, _ATTRIBUTE, None)
        if operation is None:
            raise ValueError(f"{rule.rule} is not documented; decorate its view with documented() or hidden().")
        path = _path(rule)
        # Every GET also answers HEAD, and every path OPTIONS; that goes without saying.
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(operation, rule, api)
    components = {
        "schemas": {**SCHEMAS, **api.schemas},
        "parameters": {**PARAMETERS, **api.parameters},
        "headers": api.all_headers,
        "securitySchemes": api.security_schemes,
    }
    info = {"title": title, "version": "1", "description": api.description}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _operation(operation: Operation, rule: Rule, api: Api) -> dict[str, Any]:
    headers = [request_ids.HEADER, SERVED_BY] + ([idempotency.HEADER] if operation.with_key else [])
    success = {
        "description": "Done." if operation.answers == "Updated" else "Here it is.",
        "headers": _references("headers", headers),
        "content": {"application/json": {"schema": _reference("schemas", operation.answers)}},
    }
    changes = not (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}
    failures = sorted({*_EVERYWHERE, *operation.failures, *((403,) if changes else ())})
    described: dict[str, Any] = {
        "operationId": rule.endpoint.replace("-", "_"),
        "summary": operation.summary,
        "parameters": _path_parameters(rule, api)
        + [_reference("parameters", name) for name in (*operation.parameters, "RequestId")],
        "responses": {"200": success} | {str(status): _failure(status, api) for status in failures},
    }
    if operation.description:
        described["description"] = operation.description
    if operation.security is not None:
        described["security"] = [{operation.security: []}]
    return described


def _failure(status: int, api: Api) -> dict[str, Any]:
    headers = [request_ids.HEADER, SERVED_BY] + (["Retry-After"] if status == 503 else [])
    return {
        "description": api.meanings.get(status) or _MEANINGS.get(status) or HTTPStatus(status).phrase,
        "headers": _references("headers", headers),
        "content": {MEDIA_TYPE: {"schema": _reference("schemas", "Problem")}},
    }


def _path_parameters(rule: Rule, api: Api) -> list[dict[str, Any]]:
    found = sorted(_ARGUMENT.finditer(rule.rule), key=lambda argument: argument["name"])
    return [_path_parameter(argument["name"], api.converters.get(argument["converter"])) for argument in found]


def _path_parameter(name: str, converter: type[BaseConverter] | None) -> dict[str, Any]:
    pattern = converter.regex if converter is not None else "[^/]+"
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _references(kind: str, names: Iterable[str]) -> dict[str, dict[str, str]]:
    return {name: _reference(kind, name) for name in names}
