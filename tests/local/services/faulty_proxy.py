"""A proxy in front of DynamoDB's API that fails in the ways networks and DynamoDB do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

Fault = Callable[[web.Request, Callable[[], Awaitable[web.Response]]], Awaitable[web.StreamResponse]]


class FaultyDynamoDb:
    """Forwards to ``url`` through ``fault`` and counts the calls by operation."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.calls: list[str] = []
        self.bodies: list[bytes] = []
        self.fault: Fault | None = None

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its endpoint."""
        app = web.Application()
        app.router.add_post("/", self._handle)
        async with TestServer(app) as server:
            yield str(server.make_url("/"))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(request.headers["X-Amz-Target"].partition(".")[2])
        body = await request.read()
        self.bodies.append(body)

        async def forward() -> web.Response:
            headers = {name: request.headers[name] for name in ("X-Amz-Target", "Content-Type", "Authorization")}
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._url, data=body, headers=headers) as answer,
            ):
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

        return await (forward() if self.fault is None else self.fault(request, forward))


async def lose_the_reply(request: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
    """Applied, but nobody hears of it."""
    await forward()
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def never_answer(_: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
    """The request is taken and then nothing."""
    await asyncio.Event().wait()
    return await forward()


async def throttle(_: web.Request, __: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
    """Refused without being applied."""
    return web.json_response(
        {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "slow down"},
        status=400,
        content_type="application/x-amz-json-1.0",
    )


def first(faults: int, fault: Fault) -> Fault:
    """``fault`` that many times, then none."""
    left = faults

    async def faulty(request: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
        nonlocal left
        left -= 1
        return await (fault(request, forward) if left >= 0 else forward())

    return faulty


async def lose_the_request(request: web.Request, _: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
    """Nobody hears of it, and it was not applied."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()
