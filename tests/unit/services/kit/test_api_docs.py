from __future__ import annotations

import json
import re
from typing import Any

import pytest
from quart import Quart, Response

from services.kit.api import Api
from services.kit.api_docs import add_api_docs
from services.kit.lifecycle import Lifecycle
from services.kit.openapi import hidden
from services.kit.service_app import json_response, service_app
from services.monolith.settings import ROUTES
from tests.unit.services.memory_store import MemoryStore
from tests.unit.services.monolith.app_in_test import app_with


async def described(app: Quart) -> dict[str, Any]:
    async with app.test_app():
        response = await app.test_client().get("/openapi.json")
        assert (response.status_code, response.content_type) == (200, "application/json")
        return json.loads(await response.get_data())  # type: ignore[no-any-return]


async def test_document_has_every_route_and_method_of_the_deployment() -> None:
    paths = (await described(app_with(MemoryStore())))["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == {
        ("/", "get"),
        ("/ready", "get"),
        ("/mysfits", "get"),
        ("/mysfits/{mysfit_id}", "get"),
        *((f"/mysfits/{{mysfit_id}}/{route}", "post") for route in (*ROUTES, "fulfill-likes")),
    }
    without = (await described(app_with(MemoryStore(), routes=("adopt",))))["paths"]
    assert "/mysfits/{mysfit_id}/like" not in without


async def test_document_says_what_a_key_does_and_what_is_not_public() -> None:
    document = await described(app_with(MemoryStore()))
    assert "24 hours" in document["info"]["description"]
    operations = {path.rpartition("/")[2]: methods for path, methods in document["paths"].items()}
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for route in ROUTES:
        post = operations[route]["post"]
        assert key in post["parameters"]
        assert "Idempotency-Key" in post["responses"]["200"]["headers"]
        assert ("security" in post) == route.startswith("fulfill-")
        assert "403" in post["responses"], "what a page of another origin gets"


async def test_every_reference_leads_somewhere() -> None:
    document = await described(app_with(MemoryStore()))
    for reference in set(re.findall(r'"#/([^"]+)"', json.dumps(document))):
        place: Any = document
        for step in reference.split("/"):
            place = place[step]


async def test_route_without_documentation_is_refused_at_start() -> None:
    app = service_app(service="tested", api=Api(), site_origins=(), lifecycle=Lifecycle())

    @app.get("/mystery")
    async def mystery() -> Response:
        return json_response({})

    with pytest.raises(ValueError, match="/mystery is not documented"):
        add_api_docs(app, title="Tested")
    hidden(mystery)
    add_api_docs(app, title="Tested")


async def test_page_shows_every_route_and_loads_nothing() -> None:
    app = app_with(MemoryStore())
    async with app.test_app():
        response = await app.test_client().get("/docs")
        page = await response.get_data(as_text=True)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for path, method in (("/mysfits", "GET"), ("/mysfits/{mysfit_id}/fulfill-like", "POST")):
        assert f"<h2>{method} {path}</h2>" in page
    assert not re.search(r"<(script|link|img|iframe)|@import|url\(|https?://", page)
