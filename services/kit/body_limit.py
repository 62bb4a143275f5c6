"""Limits request bodies. No route uses one: a small body is read and ignored, a large one is refused with 413."""

from __future__ import annotations

import asyncio
from typing import Final

from services.kit.asgi import Message, Receive
from services.kit.problems import Problem
from services.kit.request_head import RequestHead

BODY_LIMIT_BYTES: Final = 16 * 1024
_DRAIN_LIMIT_BYTES: Final = 1024 * 1024
_BODY_SECONDS: Final = 5.0


def _too_large(*, received: bool) -> Problem:
    # Closing under a client that still sends resets the connection and may cost it this answer.
    headers = {} if received else {"Connection": "close"}
    return Problem(413, f"The body is larger than {BODY_LIMIT_BYTES} bytes; send none.", headers=headers)


async def bounded_body(head: RequestHead, receive: Receive) -> Receive:
    """A ``receive`` whose body is within the limit.

    A body of declared length is checked by its length alone; one without is read first, and so is that of a client
    which waits to be told to go on: reading is what tells it. What is too large is read and
    dropped up to 1 MiB, so that the client can finish sending and read the answer.

    Raises:
        Problem: 413 too large, 400 odd length, 408 when the body takes more than 5 s.
    """
    if head.transfer_encoding is None:
        if head.content_length is None:
            return receive
        if not head.content_length.isdigit():
            raise Problem(400, "Content-Length is not a number.", headers={"Connection": "close"})
        declared_bytes = int(head.content_length[:20])
        if declared_bytes <= BODY_LIMIT_BYTES and head.expect is None:
            return receive
        if declared_bytes > _DRAIN_LIMIT_BYTES:
            raise _too_large(received=False)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body, size_bytes, complete = await _read(receive)
    except TimeoutError:
        raise Problem(
            408, f"The body did not arrive within {_BODY_SECONDS:g} s.", headers={"Connection": "close"}
        ) from None
    if not complete or size_bytes > BODY_LIMIT_BYTES:
        raise _too_large(received=complete)
    return _replay(body, receive)


async def _read(receive: Receive) -> tuple[bytes, int, bool]:
    """First bytes of the body, its size so far, and whether that is all of it."""
    kept, size_bytes = bytearray(), 0
    while size_bytes <= _DRAIN_LIMIT_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(kept), size_bytes, False
        chunk: bytes = message.get("body", b"")
        size_bytes += len(chunk)
        if size_bytes <= BODY_LIMIT_BYTES:
            kept += chunk
        if not message.get("more_body", False):
            return bytes(kept), size_bytes, True
    return bytes(kept), size_bytes, False


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
