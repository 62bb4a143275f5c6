from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from uvicorn.server import ServerState

from services.kit.asgi import Message, Receive, Scope, Send
from services.kit.http_protocol import PlainTargetProtocol


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
async def protocol() -> AsyncIterator[PlainTargetProtocol]:
    config = uvicorn.Config(answer, log_config=None, ws="none", lifespan="off")
    protocol = PlainTargetProtocol(config, ServerState(), {})
    protocol.connection_made(MemoryTransport())
    yield protocol
    protocol.connection_lost(None)


def transport(protocol: PlainTargetProtocol) -> MemoryTransport:
    assert isinstance(protocol.transport, MemoryTransport)
    return protocol.transport


@pytest.mark.parametrize("target", [b"/#part", b"http://a/", b"//a#b"])
async def test_a_target_that_is_not_just_path_and_query_string_is_400(
    target: bytes, protocol: PlainTargetProtocol
) -> None:
    protocol.data_received(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport(protocol).written.startswith(b"HTTP/1.1 400 ")


async def test_refusal_is_never_taken_for_the_answer_to_the_request_before(protocol: PlainTargetProtocol) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nnot http\r\n\r\n")
    assert transport(protocol).closed
    await asyncio.gather(*protocol.server_state.tasks)
    assert b"HTTP/1.1 400 " not in transport(protocol).written


async def test_what_is_not_http_is_a_400_problem(protocol: PlainTargetProtocol) -> None:
    protocol.data_received(b"\x16\x03\x01 hello\r\n\r\n")
    assert transport(protocol).written.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in transport(protocol).written
    assert transport(protocol).closed


async def test_a_malformed_body_is_a_400_problem_of_its_own_request(protocol: PlainTargetProtocol) -> None:
    protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
    assert transport(protocol).written.startswith(b"HTTP/1.1 400 ")
    assert transport(protocol).closed
