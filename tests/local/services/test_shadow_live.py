"""Requests that go to the new side too, between real processes: counted exactly, stored once, in nobody's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from cli.shadow import Route, Routes, add_up
from services.kit.shadow_counts import MESSAGE
from tests.local.services.conftest import StartService
from tests.local.services.service_process import ServiceProcess
from tests.local.services.table import MYSFITS, MysfitTable, open_table
from tests.support import wait_for

ID: Final = MYSFITS[0]["MysfitId"]
KEY: Final = "preview-key-of-the-tests-0123456789"
LIKE: Final = ("monolith", "POST /mysfits/{mysfit_id}/like")
PROFILE: Final = ("monolith", "GET /mysfits/{mysfit_id}")


class PreviewRules:
    """A load balancer in which every path has a new side: ``new``, host and port; it keeps the heads of requests."""

    def __init__(self) -> None:
        self.new = ""
        self.heads: list[Mapping[str, str]] = []
        self.before_answer: asyncio.Event | None = None

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its host and port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        async with TestServer(app) as server, aiohttp.ClientSession() as self._session:
            yield f"{server.host}:{server.port}"

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self.heads.append(dict(request.headers))
        if self.before_answer is not None:
            await self.before_answer.wait()
        if request.headers.get("X-Canary") != f"new:{KEY}":
            return web.Response(status=404)
        url = f"http://{self.new}{request.rel_url}"
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with self._session.request(
            request.method, url, headers=headers, data=await request.read() or None
        ) as answer:
            passed = {name: answer.headers[name] for name in answer.headers if name.lower().startswith("x-")}
            body = await answer.read()
            content_type = {"Content-Type": answer.headers["Content-Type"]}
            return web.Response(status=answer.status, body=body, headers={**passed, **content_type})


def shadow_environ(url: str) -> dict[str, str]:
    return {"SHADOW_PERCENT": "100", "SHADOW_URL": url, "SHADOW_KEY": KEY, "SHADOW_REVISION": "r1"}


async def compared(process: ServiceProcess) -> Routes:
    """What the process had counted when it ended, as ``make shadow`` adds it up."""
    process.terminate()
    assert await asyncio.to_thread(process.wait) == 0
    return add_up(line for line in process.logged if line["message"] == MESSAGE)


def numbers(route: Route) -> dict[str, int]:
    """Of a route, what is not zero."""
    return {name: number for name, number in route.numbers.items() if number}


def processed(process: ServiceProcess) -> int:
    """Likes for which the business step was done."""
    return process.messages().count("Like processed.")


async def like(session: aiohttp.ClientSession, netloc: str, **headers: str) -> None:
    async with session.post(f"http://{netloc}/mysfits/{ID}/like", headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"Update": "Success"})


async def test_every_like_goes_to_both_sides_and_counts_once(start_service: StartService, table: MysfitTable) -> None:
    rules = PreviewRules()
    async with rules.serve() as url, aiohttp.ClientSession() as session:
        environ = {**table.environ, **shadow_environ(url)}
        old = await asyncio.to_thread(start_service, "monolith", **environ, MYSFIT_ACTIONS="like,fulfill-like")
        new = await asyncio.to_thread(start_service, "like", MONOLITH_URL=old.netloc)
        rules.new = new.netloc
        keyed = [like(session, old.netloc, **{"Idempotency-Key": f"k{number}"}) for number in range(30)]
        keyless = [like(session, old.netloc) for _ in range(20)]
        personal = {"Cookie": "secret=1", "Authorization": "Bearer secret"}
        await asyncio.gather(*keyed, *keyless, like(session, old.netloc, **personal))
        # The new side stores through the old one, which must not end before.
        await asyncio.to_thread(wait_for, lambda: processed(new) == 51, what="the new side did its part")
        routes = await compared(old)
    assert numbers(routes[LIKE]) == {"asked": 51, "same": 51}
    assert table.likes(ID) == 51
    assert set(routes) == {LIKE}, "what services say to each other is not repeated"
    assert len(rules.heads) == 51
    assert processed(new) == 51
    assert not any("secret" in json.dumps(dict(head)) for head in rules.heads)
    assert KEY not in json.dumps([*old.logged, *new.logged])


async def test_a_field_that_differs_is_in_the_report(
    start_service: StartService, table: MysfitTable, dynamodb_url: str
) -> None:
    rules = PreviewRules()
    with open_table(dynamodb_url) as other:
        other.put({**MYSFITS[0], "Species": "Hydra"})
        async with rules.serve() as url, aiohttp.ClientSession() as session:
            old = await asyncio.to_thread(start_service, "monolith", **table.environ, **shadow_environ(url))
            new = await asyncio.to_thread(start_service, "monolith", **other.environ)
            rules.new = new.netloc
            for mysfit in MYSFITS[:3]:
                async with session.get(f"http://{old.netloc}/mysfits/{mysfit['MysfitId']}") as answer:
                    assert answer.status == 200
            async with session.get(f"http://{old.netloc}/mysfits/nobody") as answer:
                assert answer.status == 404
            routes = await compared(old)
    assert numbers(routes[PROFILE]) == {"asked": 4, "same": 3, "different": 1}
    ((field, difference),) = routes[PROFILE].differences.items()
    assert (field, difference.answers) == ("species", 1)
    assert (difference.old, difference.new) == (MYSFITS[0]["Species"], "Hydra")


async def test_a_counter_that_moves_between_the_two_readings_is_no_difference(
    start_service: StartService, table: MysfitTable
) -> None:
    rules = PreviewRules()
    rules.before_answer = asyncio.Event()
    async with rules.serve() as url, aiohttp.ClientSession() as session:
        environ = {**table.environ, **shadow_environ(url), "MYSFIT_ACTIONS": "like"}
        old = await asyncio.to_thread(start_service, "monolith", **environ)
        new = await asyncio.to_thread(start_service, "monolith", **table.environ, MYSFIT_ACTIONS="like")
        rules.new = new.netloc
        async with session.get(f"http://{old.netloc}/mysfits/{ID}") as answer:
            assert (await answer.json())["likes"] == table.likes(ID)
        await like(session, new.netloc)
        rules.before_answer.set()
        routes = await compared(old)
    assert numbers(routes[PROFILE]) == {"asked": 1, "moved": 1}


async def test_a_new_side_that_is_away_costs_visitors_nothing(start_service: StartService, table: MysfitTable) -> None:
    rules = PreviewRules()
    rules.before_answer = asyncio.Event()
    async with rules.serve() as url, aiohttp.ClientSession() as session:
        environ = {**table.environ, **shadow_environ(url), "MYSFIT_ACTIONS": "like"}
        old = await asyncio.to_thread(start_service, "monolith", **environ)
        await asyncio.gather(*(like(session, old.netloc) for _ in range(400)))
        routes = await compared(old)
        rules.before_answer.set()
    assert table.likes(ID) == 400
    assert numbers(routes[LIKE]) == {"dropped": 400}


async def test_the_same_revision_is_not_compared_with_itself(start_service: StartService, table: MysfitTable) -> None:
    rules = PreviewRules()
    async with rules.serve() as url, aiohttp.ClientSession() as session:
        environ = {**table.environ, **shadow_environ(url), "MYSFIT_ACTIONS": "like"}
        old = await asyncio.to_thread(start_service, "monolith", **environ)
        rules.new = old.netloc
        for _ in range(10):
            await like(session, old.netloc)
        routes = await compared(old)
    assert numbers(routes[LIKE]) == {"alone": 10}
    assert table.likes(ID) == 10


async def test_without_a_share_nothing_is_sent(start_service: StartService, table: MysfitTable) -> None:
    rules = PreviewRules()
    async with rules.serve() as url, aiohttp.ClientSession() as session:
        environ: dict[str, Any] = {**table.environ, **shadow_environ(url), "SHADOW_PERCENT": "0"}
        old = await asyncio.to_thread(start_service, "monolith", **environ, MYSFIT_ACTIONS="like")
        await like(session, old.netloc)
        assert await compared(old) == {}
    assert rules.heads == []
