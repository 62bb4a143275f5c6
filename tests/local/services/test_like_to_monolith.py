"""What the like service sends to the monolith, and over which connections."""

from __future__ import annotations

import re

from aiohttp import web

from tests.local.services.in_front import in_front_of, success
from tests.local.services.table import MYSFITS

ID = MYSFITS[0]["MysfitId"]


async def test_ids_and_keys_are_carried_on_and_nothing_else() -> None:
    async with in_front_of(success) as (service, seen):
        client = service.test_client()
        headers = {"Idempotency-Key": "k-1", "X-Request-Id": "r-1", "Cookie": "c=1", "Authorization": "x"}
        answers = [
            await client.post(f"/mysfits/{ID}/like", headers=headers, data=b"body"),
            await client.post(f"/mysfits/{ID}/like"),
        ]
    first, second = seen
    assert (first.method, first.raw_path) == ("POST", f"/mysfits/{ID}/fulfill-like")
    assert (first.headers["Idempotency-Key"], first.headers["X-Request-Id"]) == ("k-1", "r-1")
    assert not {"Cookie", "Authorization"} & set(first.headers)
    assert first.content_length == 0
    assert re.fullmatch("[0-9a-f]{32}", second.headers["Idempotency-Key"])
    assert [answer.headers["Idempotency-Key"] for answer in answers] == [
        request.headers["Idempotency-Key"] for request in seen
    ]
    assert len(second.headers["X-Request-Id"]) == 32


async def test_odd_idempotency_key_is_400_and_reaches_nobody() -> None:
    async with in_front_of(success) as (service, seen):
        response = await service.test_client().post(f"/mysfits/{ID}/like", headers={"Idempotency-Key": "a b"})
    assert (response.status_code, seen) == (400, [])


async def test_likes_share_a_warm_connection() -> None:
    async with in_front_of(success) as (service, seen):
        client = service.test_client()
        peers = set()
        for _ in range(5):
            await client.post(f"/mysfits/{ID}/like")
            assert seen[-1].transport is not None
            peers.add(seen[-1].transport.get_extra_info("peername"))
    assert len(peers) == 1


async def test_connection_that_the_monolith_closed_meanwhile_is_not_used() -> None:
    async def close_after(request: web.Request) -> web.StreamResponse:
        response = await success(request)
        await response.prepare(request)
        await response.write_eof()
        assert request.transport is not None
        request.transport.close()  # without having said so in the answer
        return response

    async with in_front_of(close_after) as (service, seen):
        client = service.test_client()
        assert [(await client.post(f"/mysfits/{ID}/like")).status_code for _ in range(5)] == [200] * 5
        assert len(seen) == 5


async def test_connection_that_breaks_under_a_like_makes_it_go_again_with_the_same_key() -> None:
    async def break_the_second(request: web.Request) -> web.StreamResponse:
        if len(seen) == 2:
            assert request.transport is not None
            request.transport.close()
        return await success(request)

    async with in_front_of(break_the_second) as (service, seen):
        client = service.test_client()
        assert [(await client.post(f"/mysfits/{ID}/like")).status_code for _ in range(2)] == [200, 200]
    first, second, third = (request.headers["Idempotency-Key"] for request in seen)
    assert first != second == third
