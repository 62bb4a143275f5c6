from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from uvicorn.server import ServerState

from services.kit.asgi import Message, Receive, Scope, Send
from services.kit.http_protocol import BoundedHttpProtocol
from services.kit.request_head import HEAD_LIMIT_BYTES


class MemoryTransport(asyncio.Transport):
    """What the protocol wrote, and whether it closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def answer(_: Scope, receive: Receive, send: Send) -> None:
    """An application that answers once it has the whole request."""
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def protocol() -> AsyncIterator[BoundedHttpProtocol]:
    config = uvicorn.Config(answer, log_config=None, ws="none", lifespan="off")
    protocol = BoundedHttpProtocol(config, ServerState(), {})
    protocol.connection_made(MemoryTransport())
    yield protocol
    protocol.connection_lost(None)


def transport(protocol: BoundedHttpProtocol) -> MemoryTransport:
    assert isinstance(protocol.transport, MemoryTransport)
    return protocol.transport


async def test_head_without_end_is_431(protocol: BoundedHttpProtocol) -> None:
    protocol.data_received(b"GET / HTTP/1.1\r\nX-Endless: ")
    sent = 0
    while not transport(protocol).closed:
        protocol.data_received(b"x" * 1024)
        sent += 1024
        assert sent <= HEAD_LIMIT_BYTES + 1024
    assert transport(protocol).written.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in transport(protocol).written


async def test_target_without_end_is_431(protocol: BoundedHttpProtocol) -> None:
    protocol.data_received(b"GET /")
    for _ in range(HEAD_LIMIT_BYTES // 1024 + 1):
        protocol.data_received(b"x" * 1024)
    assert transport(protocol).written.startswith(b"HTTP/1.1 431 ")


async def test_bodies_and_slow_heads_are_not_counted_as_a_long_head(protocol: BoundedHttpProtocol) -> None:
    for _ in range(5):
        for piece in (b"POST / HTTP/1.1\r\n", b"Host: a\r\nContent-Length: 30000\r\n", b"\r\n"):
            protocol.data_received(piece)
        for _ in range(3):
            protocol.data_received(b"x" * 10_000)
        await asyncio.gather(*protocol.server_state.tasks)
    assert transport(protocol).written.count(b"HTTP/1.1 204 ") == 5
    assert not transport(protocol).closed


async def test_refusal_is_never_taken_for_the_answer_to_the_request_before(protocol: BoundedHttpProtocol) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nnot http\r\n\r\n")
    assert transport(protocol).closed
    await asyncio.gather(*protocol.server_state.tasks)
    assert b"HTTP/1.1 400 " not in transport(protocol).written


async def test_what_is_not_http_is_a_400_problem(protocol: BoundedHttpProtocol) -> None:
    protocol.data_received(b"\x16\x03\x01 hello\r\n\r\n")
    assert transport(protocol).written.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in transport(protocol).written
    assert transport(protocol).closed
