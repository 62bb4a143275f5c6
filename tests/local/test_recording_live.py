"""The recording's port is the person's own: a web page of somebody else neither reaches the system nor the contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from cli.comparing.learned import Seen
from cli.comparing.proxy import serve

SITE = "http://localhost:8081"


class Recording:
    """A recording in front of a system that answers everything."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.seen: list[Seen] = []
        self.port = 0

    async def ask(self, headers: dict[str, str], *, method: str = "POST") -> int:
        """Status of the answer."""
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{self.port}/mysfits/1/like"
            async with session.request(method, url, headers=headers) as answer:
                return answer.status


@pytest_asyncio.fixture
async def recording() -> AsyncIterator[Recording]:
    made, ready = Recording(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        made.reached.append(request.method)
        return web.json_response({"likes": 1})

    def listens(port: int) -> None:
        made.port = port
        ready.set()

    system = web.Application()
    system.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(system)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    recorder = asyncio.create_task(
        serve(url, origins=[SITE], port=0, see=made.seen.append, ready=listens, seconds=None)
    )
    await asyncio.wait_for(ready.wait(), timeout=10)
    yield made
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)
    await runner.cleanup()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example", "Origin": SITE}, 421),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_what_a_page_of_somebody_else_sends_reaches_nobody_and_is_not_learned(
    headers: dict[str, str], status: int, method: str, recording: Recording
) -> None:
    assert await recording.ask(headers, method=method) == status
    assert (recording.reached, recording.seen) == ([], [])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": SITE, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Host": "localhost:1234"},
    ],
    ids=["a tool", "the site", "a typed address", "another name of this machine"],
)
async def test_tools_and_the_site_are_passed_on_and_learned(headers: dict[str, str], recording: Recording) -> None:
    assert await recording.ask(headers) == 200
    assert recording.reached == ["POST"]
    assert [one.path for one in recording.seen] == ["/mysfits/1/like"]
