from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from services.kit import body_limit
from services.kit.asgi import Message, Receive
from services.kit.body_limit import bounded_body
from services.kit.problems import Problem
from services.kit.request_head import RequestHead

LIMIT = body_limit.BODY_LIMIT_BYTES


def head(*, length: bytes | None = None, chunked: bool = False) -> RequestHead:
    return RequestHead(
        method="POST",
        raw_path=b"/",
        query_string=b"",
        size_bytes=10,
        content_length=length,
        transfer_encoding=b"chunked" if chunked else None,
    )


def sending(chunks: Iterable[bytes]) -> tuple[Receive, list[int]]:
    """A client that sends ``chunks`` and how many bytes of them were taken."""
    left = list(chunks)
    taken: list[int] = []

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        chunk = left.pop(0)
        taken.append(len(chunk))
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    return receive, taken


async def refusal(request: RequestHead, receive: Receive) -> Problem:
    with pytest.raises(Problem) as caught:
        await bounded_body(request, receive)
    return caught.value


async def test_small_chunked_body_is_handed_on_whole() -> None:
    receive, _ = sending([b"ab", b"c"])
    bounded = await bounded_body(head(chunked=True), receive)
    assert await bounded() == {"type": "http.request", "body": b"abc", "more_body": False}
    assert (await bounded())["type"] == "http.disconnect"


async def test_large_chunked_body_is_413_after_it_was_read() -> None:
    receive, taken = sending([b"x" * LIMIT, b"x"])
    problem = await refusal(head(chunked=True), receive)
    assert (problem.status, dict(problem.headers), sum(taken)) == (413, {}, LIMIT + 1)


async def test_endless_chunked_body_is_413_and_closes_the_connection() -> None:
    receive, taken = sending([b"x" * 65_536] * 100)
    problem = await refusal(head(chunked=True), receive)
    assert (problem.status, problem.headers["Connection"]) == (413, "close")
    assert sum(taken) <= 1024 * 1024 + 65_536


async def test_large_declared_body_is_413_without_reading_it() -> None:
    receive, taken = sending([b"x"])
    for length in (b"1048577", b"9" * 5000):
        problem = await refusal(head(length=length), receive)
        assert (problem.status, problem.headers["Connection"], taken) == (413, "close", [])


async def test_odd_length_is_400() -> None:
    receive, _ = sending([b"x"])
    for length in (b"", b"-1", b"+5", b"five", b"\xb2"):
        assert (await refusal(head(length=length), receive)).status == 400


async def test_body_that_does_not_come_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(body_limit, "_BODY_SECONDS", 0.01)
    assert (await refusal(head(chunked=True), never)).status == 408
