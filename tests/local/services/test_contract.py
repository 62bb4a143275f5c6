"""``services/contract.json``: what the services that were cut out of the monolith and the monolith say to each other.

Each interaction is replayed against both sides on their own: the request against the monolith, whose answer must be the
recorded one, and the client's request against the service in front of a monolith that knows nothing but the recording.

``python -m tests.local.services.test_contract`` records everything anew from the real services, for the interactions'
``given`` and ``client asks``; look at the difference before you commit it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from quart import Quart

from services.adopt.app import create_app as create_adopt_app
from services.facade.change_service import ChangeServiceSettings
from services.facade.monolith_facade import FacadeSettings
from services.kit.server_settings import ServerSettings
from services.like.app import create_app as create_like_app
from tests.unit.services.memory_store import MemoryStore, mysfit
from tests.unit.services.monolith.app_in_test import KEY, app_with

CONTRACT = Path(__file__).parents[3] / "services" / "contract.json"
KEYS = {"the current key": KEY, "some other key": "x" * 40}
REQUEST_HEADERS = ("Idempotency-Key", "Idempotency-Keys", "X-Request-Id", "X-Fulfill-Key")
ANSWER_HEADERS = ("Content-Type", "Idempotency-Key", "Retry-After", "X-Fulfilled-By", "X-Request-Id", "X-Served-By")

WRITTEN: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
INTERACTIONS: list[dict[str, Any]] = WRITTEN["interactions"]
GROUPS: list[dict[str, Any]] = WRITTEN["groups"]
"""Likes of several clients that the like service sends on together."""

IN_GROUPS = {200: 200, 403: 503, 404: 404, 503: 503}
"""What each client is answered, by the monolith's answer."""

named = pytest.mark.parametrize("interaction", INTERACTIONS, ids=lambda interaction: interaction["name"])
named_group = pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])


def monolith(given: Mapping[str, Any]) -> Quart:
    """A monolith in the state that the interaction starts from."""
    store = MemoryStore(mysfit("known"))
    store.available = given["database"] == "there"
    return app_with(store, routes=tuple(given["monolith serves"]))


@asynccontextmanager
async def service(interaction: Mapping[str, Any], monolith_url: str) -> AsyncIterator[Quart]:
    """The service that the client asks, in front of a monolith."""
    key = KEYS[interaction["given"]["service has"]]
    facade = FacadeSettings(monolith_url=monolith_url, fulfill_key=key)
    apps = {
        "like": lambda: create_like_app(ChangeServiceSettings(server=ServerSettings(), persistence=facade)),
        "adopt": lambda: create_adopt_app(ChangeServiceSettings(server=ServerSettings(), persistence=facade)),
    }
    app = apps[interaction["service"]]()
    async with app.test_app():
        yield app


async def asked(app: Quart, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of ``app``, as the contract writes it."""
    headers = {name: KEYS.get(value, value) for name, value in request["headers"].items()}
    send = getattr(app.test_client(), request["method"].lower())
    response = await send(request["path"], headers=headers)
    return {
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in ANSWER_HEADERS if name in response.headers},
        "body": json.loads(await response.get_data()),
    }


def written(request: web.Request) -> dict[str, Any]:
    """A request of a service, as the contract writes it."""
    names_of_keys = {key: name for name, key in KEYS.items()}
    headers = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
    headers = {name: names_of_keys.get(value, value) for name, value in headers.items()}
    return {"method": request.method, "path": request.raw_path, "headers": headers}


def as_response(answer: Mapping[str, Any]) -> web.Response:
    return web.Response(status=answer["status"], headers=answer["headers"], body=json.dumps(answer["body"]).encode())


@named
async def test_monolith_answers_as_recorded(interaction: dict[str, Any]) -> None:
    app = monolith(interaction["given"])
    async with app.test_app():
        assert await asked(app, interaction["service asks"]) == interaction["monolith answers"]


@named
async def test_service_asks_and_answers_as_recorded(interaction: dict[str, Any]) -> None:
    seen: list[dict[str, Any]] = []

    async def recorded(request: web.Request) -> web.StreamResponse:
        seen.append(written(request))
        return as_response(interaction["monolith answers"])

    async with serving(recorded) as url, service(interaction, url) as app:
        assert await asked(app, interaction["client asks"]) == interaction["service answers"]
    assert seen == [interaction["service asks"]]


@named_group
async def test_monolith_answers_a_group_as_recorded(group: dict[str, Any]) -> None:
    app = monolith(group["given"])
    async with app.test_app():
        assert without_id(await asked(app, group["service asks"])) == group["monolith answers"]


@named_group
async def test_service_sends_on_together_what_came_meanwhile_and_answers_each(group: dict[str, Any]) -> None:
    seen: list[dict[str, Any]] = []
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold_the_first(request: web.Request) -> web.StreamResponse:
        seen.append(written(request))
        if len(seen) == 1:
            arrived.set()
            await go_on.wait()
        return as_response(group["monolith answers"])

    async with serving(hold_the_first) as url, service(group, url) as app:
        path, keys = group["clients ask"]["path"], group["clients ask"]["keys"]
        client = app.test_client()
        first = asyncio.create_task(client.post(path))
        await arrived.wait()
        others = [asyncio.create_task(client.post(path, headers={"Idempotency-Key": key})) for key in keys]
        for _ in range(20):
            await asyncio.sleep(0)
        go_on.set()
        answers = await asyncio.gather(*others)
        await first
    assert [without_id(request) for request in seen[1:]] == [group["service asks"]]
    assert [answer.headers["Idempotency-Key"] for answer in answers] == keys
    assert {answer.status_code for answer in answers} == {IN_GROUPS[group["monolith answers"]["status"]]}
    ids = {answer.headers["X-Request-Id"] for answer in answers} | {
        request["headers"]["X-Request-Id"] for request in seen
    }
    assert len(ids) == 4  # each like has one of its own, and so has the request that carries two of them


def test_contract_has_every_facade_action_and_every_kind_of_answer() -> None:
    paths = {interaction["service asks"]["path"].rpartition("/")[2] for interaction in INTERACTIONS}
    assert paths == {"fulfill-like", "fulfill-adopt"}
    for path in paths:
        answers = [i["monolith answers"] for i in INTERACTIONS if i["service asks"]["path"].endswith(path)]
        assert {answer["status"] for answer in answers} == {200, 403, 404, 503}
        assert len({answer["body"].get("type") for answer in answers if answer["status"] == 404}) == 2


def without_id(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message without the request id, which is a new one each time."""
    headers = {name: value for name, value in message["headers"].items() if name != "X-Request-Id"}
    plain = {**message, "headers": headers}
    if isinstance(plain.get("body"), dict):
        plain["body"] = {name: value for name, value in plain["body"].items() if name != "requestId"}
    return plain


async def record() -> None:
    """Write the contract as the services are now."""
    for group in GROUPS:
        app = monolith(group["given"])
        async with app.test_app():
            group["monolith answers"] = without_id(await asked(app, group["service asks"]))
    for interaction in INTERACTIONS:
        app = monolith(interaction["given"])

        async def tapped(
            request: web.Request, app: Quart = app, interaction: dict[str, Any] = interaction
        ) -> web.StreamResponse:
            interaction["service asks"] = written(request)
            interaction["monolith answers"] = await asked(app, interaction["service asks"])
            return as_response(interaction["monolith answers"])

        async with app.test_app(), serving(tapped) as url, service(interaction, url) as front:
            interaction["service answers"] = await asked(front, interaction["client asks"])
    contract = WRITTEN | {"interactions": INTERACTIONS, "groups": GROUPS}
    CONTRACT.write_text(json.dumps(contract, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@asynccontextmanager
async def serving(handler: Any) -> AsyncIterator[str]:
    """host:port of a server with this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield f"{server.host}:{server.port}"


if __name__ == "__main__":
    asyncio.run(record())
