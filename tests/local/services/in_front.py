"""A service in this process, in front of a monolith: one that runs, or one that a test plays."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from quart import Quart

from services.facade.change_service import ChangeServiceSettings
from services.facade.monolith_facade import FacadeSettings
from services.kit.server_settings import ServerSettings
from services.like import app as like
from tests.local.services.service_process import FULFILL_KEY

PROBLEM = "application/problem+json"

CreateApp = Callable[[ChangeServiceSettings], Quart]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def in_front(create_app: CreateApp, monolith_url: str) -> AsyncIterator[Quart]:
    """The application of a service that goes through the facade, serving."""
    persistence = FacadeSettings(monolith_url=monolith_url, fulfill_key=FULFILL_KEY)
    app = create_app(ChangeServiceSettings(server=ServerSettings(), persistence=persistence))
    async with app.test_app():
        yield app


@asynccontextmanager
async def in_front_of(
    handler: Handler, create_app: CreateApp = like.create_app
) -> AsyncIterator[tuple[Quart, list[web.Request]]]:
    """A service in front of ``handler``, and the requests that reached it."""
    seen: list[web.Request] = []

    async def record(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", record)
    async with TestServer(app) as server, in_front(create_app, f"{server.host}:{server.port}") as service:
        yield service, seen


def problem(status: int, **more: Any) -> web.Response:
    """A problem as the monolith answers it."""
    return web.Response(
        status=status, text=json.dumps({"status": status, **more}), content_type=PROBLEM, headers={"X-Served-By": "m"}
    )


async def success(_: web.Request) -> web.StreamResponse:
    """The monolith's success."""
    return web.json_response({"Update": "Success"}, headers={"X-Served-By": "monolith"})
