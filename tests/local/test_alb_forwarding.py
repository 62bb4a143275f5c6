"""What the load balancer adds, leaves alone and answers by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from embedded.alb.actions import FixedResponse
from embedded.alb.model import ConnectionSettings
from embedded.alb.targets import Target, TargetGroup
from tests.local.alb_support import (
    NOT_FOUND,
    Backend,
    Client,
    forward,
    group,
    listener,
    new_proxy,
    read_head,
    read_message,
    rule,
    to_one,
)
from tests.support import quiet_port


async def test_forwarded_headers_are_set_and_the_clients_chain_is_kept(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a)
        async with Client.to(proxy.port) as client:
            await client.ask("/")
            lies = ("X-Forwarded-For: 203.0.113.9, 198.51.100.7", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443")
            await client.ask("/", headers=lies)
        plain, chained = a.requests
        assert plain.header("x-forwarded-for") == "127.0.0.1"
        assert (chained.header("x-forwarded-for") or "").replace(" ", "") == "203.0.113.9,198.51.100.7,127.0.0.1"
        for request in a.requests:
            assert request.header("x-forwarded-proto") == "http"
            assert request.header("x-forwarded-port") == str(proxy.port)


@pytest.mark.parametrize(
    ("connections", "arrives"),
    [
        (ConnectionSettings(forwarded_for="preserve"), (None, "203.0.113.9")),
        (ConnectionSettings(forwarded_for="preserve", forwarded_for_port=True), (None, "203.0.113.9")),
        (ConnectionSettings(forwarded_for="remove"), (None, None)),
        (ConnectionSettings(forwarded_for_port=True), ("127.0.0.1:PORT", "203.0.113.9,127.0.0.1:PORT")),
    ],
)
async def test_the_chain_of_clients_is_treated_as_the_load_balancer_says(
    tmp_path: Path, connections: ConnectionSettings, arrives: tuple[str | None, str | None]
) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a, connections=connections)
        async with Client.to(proxy.port) as client:
            port = str(client.writer.get_extra_info("sockname")[1])
            await client.ask("/")
            await client.ask("/", headers=("X-Forwarded-For: 203.0.113.9",))
        found = [request.header("x-forwarded-for") for request in a.requests]
        assert found == [text and text.replace("PORT", port) for text in arrives]
        assert {request.header("x-forwarded-proto") for request in a.requests} == {"http"}


async def test_nothing_else_is_added_to_the_request_or_its_answer(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a)
        sent = ("X-Request-Id: 42", "Idempotency-Key: k", "User-Agent: me", "Accept-ENCODING: br", "Cookie: a=b")
        async with Client.to(proxy.port) as client:
            answer = await client.ask("/", host="mysfits.example.com:8080", headers=sent)
        [request] = a.requests
        own = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"}
        kept = {f"{name}: {value}" for name, value in request.headers if name.lower() not in own}
        assert kept == {"Host: mysfits.example.com:8080", *sent}
        assert {name.lower() for name, _ in answer.headers} == {"x-target-name", "content-length", "date"}
        assert ("X-Target-Name", "a") in answer.headers


async def test_client_cannot_steer_the_proxy(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a)
        async with Client.to(proxy.port) as client:
            await client.ask(
                "/", headers=("X-Envoy-Max-Retries: 3", "X-Envoy-Retry-On: 5xx", "X-Envoy-Original-Path: /x")
            )
        assert not [name for name, _ in a.requests[0].headers if name.lower().startswith("x-envoy")]


async def test_invalid_headers_are_dropped_when_the_load_balancer_says_so(tmp_path: Path) -> None:
    sent = ("under_score: 1", "dot.ted: 2", "_: 3", "X-Good-1: 4")
    own = {"host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"}
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        for is_dropping in (False, True, False):
            await to_one(proxy, a, connections=ConnectionSettings(drop_invalid_headers=is_dropping))
            async with Client.to(proxy.port) as client:
                await client.ask("/", headers=sent)
            arrived = [f"{name}: {value}" for name, value in a.requests[-1].headers if name.lower() not in own]
            assert arrived == (["X-Good-1: 4"] if is_dropping else list(sent))


async def test_fixed_response_is_exact(tmp_path: Path) -> None:
    teapot = FixedResponse(status=418, content_type="text/html", body="<p>100% %REQ(:path)% ünïcode \"'</p>\n")
    async with new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy, rule(1, "/tea", teapot), rule(2, "/empty", FixedResponse(status=204))))
        async with Client.to(proxy.port) as client:
            tea = await client.ask("/tea")
            assert (tea.status, tea.header("content-type"), tea.body.decode()) == (418, "text/html", teapot.body)
            assert (await client.ask("/empty")).status == 204
            other = await client.ask("/else")
            assert (other.status, other.header("content-type")) == (404, "application/json")
            assert other.body.decode() == NOT_FOUND.body
            assert other.header("server") == "awselb/2.0"


async def test_fixed_response_to_a_post_keeps_the_connection(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy))
        async with Client.to(proxy.port) as client:
            for size in (0, 1, 100_000):
                assert (await client.ask("/", method="POST", body=b"x" * size)).status == 404
            client.writer.write(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nab")
            await client.writer.drain()
            client.writer.write(b"cd")
            assert (await read_message(client.reader)).status == 404
            assert (await client.ask("/")).status == 404


async def test_target_that_refuses_connections_answers_502_once(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy:
        nobody = TargetGroup(name="g", targets=(Target(host="127.0.0.1", port=quiet_port()),))
        await proxy.apply(listener(proxy, default=forward((nobody, 1))))
        async with Client.to(proxy.port) as client:
            answer = await client.ask("/", method="POST", body=b"x")
        assert (answer.status, answer.header("content-type")) == (502, "text/html")
        assert b"502 Bad Gateway" in answer.body


async def test_post_whose_target_dies_is_answered_502_and_never_sent_again(tmp_path: Path) -> None:
    async with Backend("dies") as dies, Backend("lives") as lives, new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy, default=forward((group("g", dies, lives), 1))))
        async with Client.to(proxy.port) as first, Client.to(proxy.port) as second:
            answers = [asyncio.create_task(each.ask("/wait", method="POST", body=b"x")) for each in (first, second)]
            await asyncio.gather(dies.asked.wait(), lives.asked.wait())
            await dies.stop()
            lives.release.set()
            assert sorted([(await answer).status for answer in answers]) == [200, 502]
        assert len(lives.requests) == 1


async def test_silent_target_answers_504_after_the_idle_timeout(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a, connections=ConnectionSettings(idle_seconds=0.2))
        async with Client.to(proxy.port) as client:
            answer = await client.ask("/wait")
        assert (answer.status, b"504 Gateway Time-out" in answer.body) == (504, True)


async def test_client_connection_may_idle_longer_than_the_idle_timeout(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a, connections=ConnectionSettings(idle_seconds=0.1))
        async with Client.to(proxy.port) as idle, Client.to(proxy.port) as other:
            await idle.ask("/")
            for _ in range(3):
                assert (await other.ask("/wait")).status == 504  # each takes one idle timeout
            assert (await idle.ask("/")).status == 200


async def test_answer_and_request_are_streamed(tmp_path: Path) -> None:
    """Each side sends its second half only after the other has seen the first."""
    halves: asyncio.Queue[bytes] = asyncio.Queue()

    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await halves.put(await reader.readexactly(5))
        await halves.put(await reader.readexactly(5))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        await halves.put(b"first was sent")
        assert await continue_answer.wait()
        writer.write(b"other")
        writer.close()

    continue_answer = asyncio.Event()
    server = await asyncio.start_server(target, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, new_proxy(tmp_path) as proxy:
        streaming = TargetGroup(name="g", targets=(Target(host="127.0.0.1", port=port),))
        await proxy.apply(listener(proxy, default=forward((streaming, 1))))
        async with Client.to(proxy.port) as client:
            client.writer.write(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhello")
            assert await halves.get() == b"hello"
            client.writer.write(b"world")
            assert await halves.get() == b"world"
            start, _ = await read_head(client.reader)
            assert (start, await client.reader.readexactly(5)) == ("HTTP/1.1 200 OK", b"first")
            continue_answer.set()
            assert await client.reader.readexactly(5) == b"other"


@pytest.mark.parametrize("size", [1 << 16, 5_000_000])
async def test_large_bodies_arrive_whole(tmp_path: Path, size: int) -> None:
    body = bytes(range(256)) * (size // 256)
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a)
        async with Client.to(proxy.port) as client:
            assert (await client.ask("/", method="POST", body=body)).status == 200
        assert a.requests[0].body == body


async def test_upgraded_connection_carries_bytes_both_ways(tmp_path: Path) -> None:
    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        writer.write((await reader.readexactly(4))[::-1])
        writer.close()

    server = await asyncio.start_server(target, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, new_proxy(tmp_path) as proxy:
        sockets = TargetGroup(name="g", targets=(Target(host="127.0.0.1", port=port),))
        await proxy.apply(listener(proxy, default=forward((sockets, 1))))
        async with Client.to(proxy.port) as client:
            client.write("/", headers=("Connection: Upgrade", "Upgrade: websocket"))
            start, _ = await read_head(client.reader)
            assert start == "HTTP/1.1 101 Switching Protocols"
            client.writer.write(b"ping")
            assert await client.reader.readexactly(4) == b"gnip"


async def test_http_1_0_client_is_served(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        await to_one(proxy, a)
        async with Client.to(proxy.port) as client:
            client.writer.write(b"GET / HTTP/1.0\r\nHost: test\r\n\r\n")
            assert (await read_message(client.reader)).body == b"a"
            assert await client.reader.read() == b""
