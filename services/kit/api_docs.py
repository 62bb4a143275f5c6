"""GET /openapi.json, and GET /docs: the same for people, one page that loads nothing from anywhere.

Both are public and read-only: they say what this repository says to everyone, and nothing of the deployment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from quart import Response

from services.kit.openapi import document, hidden
from services.kit.service_app import ServiceApp

_STYLE: Final = """\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h2{margin:2.5rem 0 .25rem;font:600 1.1rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8885}
pre{overflow-x:auto;padding:.75rem;background:#8882}code{overflow-wrap:anywhere}"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def add_api_docs(app: ServiceApp, *, title: str) -> None:
    """Add both routes; call it when all others are there."""
    described = document(app, api=app.api, title=title)
    as_json = json.dumps(described, indent=1).encode()
    as_page = _page(described).encode()

    @app.get("/openapi.json")
    @hidden
    async def openapi() -> Response:
        return Response(as_json, content_type="application/json")

    @app.get("/docs")
    @hidden
    async def docs() -> Response:
        return Response(as_page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})


def _page(described: Mapping[str, Any]) -> str:
    info = described["info"]
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>',
        f"<h1>{escape(info['title'])}</h1>",
        *_paragraphs(info["description"]),
        '<p>For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
    ]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation, described["components"])
    parts.append("<h2>Shapes</h2>")
    for name, schema in described["components"]["schemas"].items():
        parts.append(f'<h3 id="{escape(name)}">{escape(name)}</h3><pre>{escape(json.dumps(schema, indent=1))}</pre>')
    return "\n".join(parts)


def _operation(heading: str, operation: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(heading)}</h2><p>{escape(operation['summary'])}</p>"
    yield from _paragraphs(operation.get("description", ""))
    for scheme in (name for wanted in operation.get("security", ()) for name in wanted):
        yield f"<p>Not public: wants the header {escape(components['securitySchemes'][scheme]['name'])}.</p>"
    parameters = [_resolved(parameter, components["parameters"]) for parameter in operation["parameters"]]
    yield _table(("Parameter", "In", "Meaning"), ((p["name"], p["in"], p.get("description", "")) for p in parameters))
    answers = operation["responses"].items()
    yield _table(("Status", "Body", "Meaning"), ((s, _shape(answer), answer["description"]) for s, answer in answers))


def _paragraphs(text: str) -> Iterator[str]:
    return (f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _shape(answer: Mapping[str, Any]) -> str:
    (content,) = answer["content"].values()
    return str(content["schema"]["$ref"]).rpartition("/")[2]


def _resolved(parameter: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: Mapping[str, Any] = parameters[parameter["$ref"].rpartition("/")[2]]
    return found
