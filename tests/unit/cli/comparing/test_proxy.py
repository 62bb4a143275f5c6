"""The recording proxy passes a request on as it came, and shows it with its answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from cli.comparing import proxy
from cli.comparing.learned import Seen

URL_OF_BALANCER = "http://lb:8080"


class Session:
    """A load balancer that gives one answer, or none."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    @contextlib.asynccontextmanager
    async def request(self, method: str, url: URL, **options: Any) -> AsyncIterator[Any]:
        self.asked = {"method": method, "url": url, **options}
        if isinstance(self.answer, Exception):
            raise self.answer
        yield self.answer


class Answer(SimpleNamespace):
    async def read(self) -> bytes:
        return b"made"


def request(method: str, path: str, body: bytes, *headers: tuple[str, str]) -> Any:
    async def read() -> bytes:
        return body

    return SimpleNamespace(method=method, raw_path=path, headers=CIMultiDictProxy(CIMultiDict(headers)), read=read)


def answer() -> Answer:
    headers = [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Transfer-Encoding", "x")]
    return Answer(status=201, reason="Made", headers=CIMultiDictProxy(CIMultiDict(headers)))


async def passed(asked: Any, session: Session) -> tuple[web.Response, list[Seen]]:
    seen: list[Seen] = []
    api: Any = session
    return await proxy._pass_on(asked, api, URL_OF_BALANCER, seen.append), seen


async def test_method_path_headers_and_body_are_passed_on_as_they_came() -> None:
    session = Session(answer())
    headers = [("X-A", "1"), ("x-a", "2"), ("Host", "me"), ("Connection", "close"), ("accept-encoding", "br")]
    await passed(request("POST", "/orders/%2Fa?b=%20", b"one", *headers), session)
    url = session.asked["url"]
    assert (session.asked["method"], str(url)) == ("POST", f"{URL_OF_BALANCER}/orders/%2Fa?b=%20")
    assert list(session.asked["headers"].items()) == [("X-A", "1"), ("x-a", "2"), ("Accept-Encoding", "identity")]
    assert (session.asked["data"], session.asked["allow_redirects"]) == (b"one", False)


async def test_a_request_without_a_body_has_none() -> None:
    session = Session(answer())
    await passed(request("GET", "/", b""), session)
    assert session.asked["data"] is None


async def test_the_answer_comes_back_with_every_header_that_is_not_of_the_connection() -> None:
    response, _ = await passed(request("GET", "/", b""), Session(answer()))
    assert (response.status, response.reason, response.body) == (201, "Made", b"made")
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers["Content-Type"] == "text/plain"
    assert "Transfer-Encoding" not in response.headers


async def test_request_and_answer_are_shown_as_they_were() -> None:
    made = answer()
    asked = request("POST", "/orders?a=b", b"one", ("Cookie", "s=1"))
    _, (seen,) = await passed(asked, Session(made))
    assert seen == Seen(
        method="POST",
        path="/orders?a=b",
        headers=asked.headers,
        body=b"one",
        status=201,
        answer_headers=made.headers,
        answer_body=b"made",
    )


@pytest.mark.parametrize("problem", [aiohttp.ServerDisconnectedError(), TimeoutError()])
async def test_without_an_answer_it_says_so_and_shows_nothing(problem: Exception) -> None:
    response, seen = await passed(request("GET", "/", b""), Session(problem))
    assert (response.status, response.text) == (502, f"{URL_OF_BALANCER} did not answer: {type(problem).__name__}\n")
    assert seen == []
