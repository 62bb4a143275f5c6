"""Routes by method and path, remembered once they were found."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Quart, Response

from services.kit.api import Api
from services.kit.lean_connection import RouteMemory
from services.kit.lifecycle import Lifecycle
from services.kit.service_app import json_response, service_app


@pytest.fixture
def app() -> Quart:
    app = service_app(service="toy", api=Api(), site_origins=(), lifecycle=Lifecycle())

    @app.get("/things/<thing>")
    async def look(thing: str) -> Response:
        return json_response({"looked at": thing})

    @app.post("/things/<thing>")
    async def change(thing: str) -> Response:
        return json_response({"changed": thing})

    return app


async def test_each_path_and_method_leads_to_its_own_view_at_every_visit(app: Quart) -> None:
    async with app.test_app():
        client = app.test_client()
        for _ in range(3):
            for thing in ("a", "b"):
                assert await (await client.get(f"/things/{thing}")).get_json() == {"looked at": thing}
                assert await (await client.post(f"/things/{thing}")).get_json() == {"changed": thing}


async def test_what_leads_nowhere_does_so_at_every_visit(app: Quart) -> None:
    async with app.test_app():
        client = app.test_client()
        for _ in range(2):
            assert (await client.get("/nothing")).status_code == 404
            refused = await client.delete("/things/a")
            assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
            options = await client.options("/things/a")
            assert (options.status_code, set(options.headers["Allow"].split(", "))) == (
                200,
                {"GET", "HEAD", "OPTIONS", "POST"},
            )
            assert (await client.head("/things/a")).status_code == 200


async def test_a_host_of_any_name_leads_to_the_same_routes(app: Quart) -> None:
    async with app.test_app():
        for host in ("a", "b.example:8080", "127.0.0.1"):
            assert (await app.test_client().get("/things/a", headers={"Host": host})).status_code == 200


async def test_a_route_is_searched_once_and_its_arguments_are_nobody_elses(app: Quart) -> None:
    memory = RouteMemory(app.url_map)

    async def arguments() -> dict[str, Any]:
        async with app.test_request_context("/things/a") as context:
            _, found = memory.adapter(context.request).match(return_rule=True)
            assert isinstance(found, dict)
            return found

    (await arguments())["thing"] = "changed by a view"
    assert await arguments() == {"thing": "a"}
    assert (memory.find.cache_info().misses, memory.find.cache_info().hits) == (1, 1)
