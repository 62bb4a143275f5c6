"""The like service in this process, in front of a monolith that a test plays."""

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
from services.like.app import create_app
from tests.local.services.service_process import FULFILL_KEY

PROBLEM = "application/problem+json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def like_service(monolith_url: str) -> AsyncIterator[Quart]:
    """The like service's application, serving."""
    persistence = FacadeSettings(monolith_url=monolith_url, fulfill_key=FULFILL_KEY)
    app = create_app(ChangeServiceSettings(server=ServerSettings(), persistence=persistence))
    async with app.test_app():
        yield app


@asynccontextmanager
async def in_front_of(handler: Handler) -> AsyncIterator[tuple[Quart, list[web.Request]]]:
    """The like service in front of ``handler``, and the requests that reached it."""
    seen: list[web.Request] = []

    async def record(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", record)
    async with TestServer(app) as server, like_service(f"{server.host}:{server.port}") as service:
        yield service, seen


def problem(status: int, **more: Any) -> web.Response:
    """A problem as the monolith answers it."""
    return web.Response(
        status=status, text=json.dumps({"status": status, **more}), content_type=PROBLEM, headers={"X-Served-By": "m"}
    )


async def success(_: web.Request) -> web.StreamResponse:
    """The monolith's success."""
    return web.json_response({"Update": "Success"}, headers={"X-Served-By": "monolith"})
