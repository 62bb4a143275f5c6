"""What becomes of likes that are under way when their process is told to end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from tests.local.services.conftest import StartService
from tests.local.services.faulty_proxy import FaultyDynamoDb
from tests.local.services.service_process import status_of
from tests.local.services.table import MYSFITS, MysfitTable

ID = MYSFITS[0]["MysfitId"]
STOP_TIMEOUT_SECONDS = 30


class Gate:
    """Holds every call back until it is opened."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, _: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
        self.arrived.set()
        await self.open.wait()
        return await forward()


LIKE = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("service", ["monolith", "like"])
async def test_likes_accepted_before_sigterm_are_stored_and_answered(
    service: str, table: MysfitTable, start_service: StartService
) -> None:
    proxy, gate = FaultyDynamoDb(table.endpoint_url), Gate()
    async with proxy.serve() as url:
        environ = {**table.environ, "AWS_ENDPOINT_URL": url, "SHUTDOWN_GRACE_SECONDS": "0"}
        process = await asyncio.to_thread(start_service, service, **environ, MYSFIT_ACTIONS="like")
        proxy.fault = gate

        async def send() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(*process.address)
            writer.write(LIKE)
            await writer.drain()
            return reader, writer

        sent = [await send()]
        await gate.arrived.wait()
        sent += [await send() for _ in range(6)]
        for _ in range(2):  # when these are answered, the likes sent before them were read
            ready = b"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            assert status_of(await asyncio.to_thread(process.ask, ready)) == 200
        _, leaving = sent.pop(3)
        leaving.close()
        process.terminate()
        began = time.monotonic()
        gate.open.set()
        assert [status_of(await reader.read()) for reader, _ in sent] == [200] * 6
        assert await asyncio.to_thread(process.wait) == 0
        assert time.monotonic() - began < STOP_TIMEOUT_SECONDS / 3
        for _, writer in sent:
            writer.close()
    assert table.likes(ID) == len(table.ledger()) == 7


async def test_like_that_cannot_be_stored_does_not_hold_up_the_end(
    table: MysfitTable, start_service: StartService
) -> None:
    proxy, gate = FaultyDynamoDb(table.endpoint_url), Gate()
    async with proxy.serve() as url, aiohttp.ClientSession() as session:
        environ = {**table.environ, "AWS_ENDPOINT_URL": url, "SHUTDOWN_GRACE_SECONDS": "0"}
        process = await asyncio.to_thread(start_service, "monolith", **environ, MYSFIT_ACTIONS="like")
        proxy.fault = gate
        like = asyncio.create_task(session.post(f"http://{process.netloc}/mysfits/{ID}/like"))
        await gate.arrived.wait()
        process.terminate()
        began = time.monotonic()
        async with await like as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert await asyncio.to_thread(process.wait) == 0
        assert time.monotonic() - began < STOP_TIMEOUT_SECONDS / 3
        gate.open.set()
