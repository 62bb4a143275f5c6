"""Which requests are repeated, what of them is sent on, and what stays as it was for whoever asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import pytest
from quart import Response

from services.kit import idempotency
from services.kit.api import Api
from services.kit.api_docs import add_api_docs
from services.kit.asgi import Message, Scope
from services.kit.differences import Answer
from services.kit.lifecycle import Lifecycle
from services.kit.openapi import Operation, documented
from services.kit.problems import Problem
from services.kit.service_app import ServiceApp, json_response, service_app
from services.kit.shadow import Shadow
from services.kit.shadow_calls import Send, ShadowCalls, ShadowRequest, ShadowSettings

ME = "shop:r1"
API = Api(schemas={"Order": {}, "Counter": {}}, security_schemes={"key": {"name": "X-Key", "in": "header"}})


class Shop:
    """An application with a shadow whose new side is a list of what it was asked."""

    def __init__(self, *, percent: float = 100, draws: Callable[[], float] = lambda: 0.0) -> None:
        self.sent: list[ShadowRequest] = []
        self.likes_new: Callable[[ShadowRequest], Answer] = lambda request: request.answer
        self.app = service_app(service="shop", api=API, site_origins=(), lifecycle=Lifecycle())
        self.count = 0
        self._add_routes(self.app)
        add_api_docs(self.app, title="Shop")

        @asynccontextmanager
        async def open_send() -> AsyncIterator[Send]:
            async def send(request: ShadowRequest) -> Answer:
                self.sent.append(request)
                return self.likes_new(request)

            yield send

        self.calls = ShadowCalls(open_send)
        self.asgi = Shadow(
            self.app.asgi_app._app,  # type: ignore[attr-defined]  # what the edge is around
            route_of=self.app.public_route,
            calls=self.calls,
            identity=ME,
            percent=percent,
            draw=draws,
        )

    def _add_routes(self, app: ServiceApp) -> None:
        @app.get("/orders/<order_id>")
        @documented(Operation(summary="One.", answers="Order"))
        async def order(order_id: str) -> Response:
            self.count += 1
            if order_id == "none":
                raise Problem(404, "No such order.")
            return json_response({"order": order_id})

        @app.get("/counter")
        @documented(Operation(summary="It moves.", answers="Counter"))
        async def counter() -> Response:
            self.count += 1
            return json_response({"count": self.count})

        @app.post("/orders")
        @documented(Operation(summary="A new one.", answers="Order"))
        async def take() -> Response:
            key = idempotency.key_of_request()
            if key == "refused":
                raise Problem(409, "No.")
            return json_response({"taken": True})

        @app.post("/keyless")
        @documented(Operation(summary="Knows no key.", answers="Order"))
        async def keyless() -> Response:
            return json_response({"taken": True})

        @app.post("/inner")
        @documented(Operation(summary="For services.", answers="Order", security="key"))
        async def inner() -> Response:
            return json_response({"taken": True})

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] = MappingProxyType({}),
        *,
        body: bytes = b"",
        query: bytes = b"",
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        """Status, headers and body that a visitor is answered."""
        told: list[Message] = []
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        if body:
            named.append((b"content-length", str(len(body)).encode()))
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": named,
        }

        async def receive() -> Message:
            return messages.pop(0)

        async def send(message: Message) -> None:
            told.append(message)

        await self.asgi(scope, receive, send)
        return told[0]["status"], dict(told[0]["headers"]), told[1]["body"]

    @asynccontextmanager
    async def comparing(self) -> AsyncIterator[None]:
        """While the new side is asked; all is compared in the end."""
        serving = self.calls.while_serving()
        flush, self.calls.counts.flush = self.calls.counts.flush, lambda: None  # type: ignore[method-assign]
        await anext(serving)
        yield
        await anext(serving, None)
        self.calls.counts.flush = flush  # type: ignore[method-assign]


async def test_a_read_is_repeated_as_it_came_after_it_was_answered() -> None:
    shop = Shop()
    async with shop.comparing():
        personal = {"cookie": "secret", "authorization": "secret", "x-inner-key": "secret"}
        await shop.ask("GET", "/orders/7", {"accept": "application/json", **personal}, query=b"b=%20x&a=1")
        assert shop.sent == [], "nothing is sent before the answer has gone out"
    (sent,) = shop.sent
    assert (sent.method, sent.target, sent.body) == ("GET", "/orders/7?b=%20x&a=1", b"")
    assert sent.headers == {"Accept": "application/json"}
    assert sent.answer == Answer(status=200, content_type="application/json", body=b'{"order":"7"}')
    counts = shop.calls.counts.of("GET /orders/{order_id}")
    assert (counts.asked, counts.same) == (1, 1)


async def test_a_difference_that_lasts_is_counted_by_its_field() -> None:
    shop = Shop()
    shop.likes_new = lambda _: Answer(status=200, content_type="application/json", body=b'{"order":"8"}')
    async with shop.comparing():
        await shop.ask("GET", "/orders/7")
    counts = shop.calls.counts.of("GET /orders/{order_id}")
    assert (counts.asked, counts.different, shop.count) == (1, 1, 2)
    (found,) = counts.differences.items()
    assert (found[0], found[1].answers, found[1].old, found[1].new) == ("order", 1, "7", "8")


async def test_a_counter_that_goes_on_is_no_difference() -> None:
    shop = Shop()
    shop.likes_new = lambda _: Answer(status=200, content_type="application/json", body=b'{"count":99}')
    async with shop.comparing():
        await shop.ask("GET", "/counter")
    counts = shop.calls.counts.of("GET /counter")
    assert (counts.asked, counts.moved, counts.different) == (1, 1, 0)


async def test_an_acknowledged_write_is_repeated_under_the_key_of_its_answer() -> None:
    shop = Shop()
    async with shop.comparing():
        named = {"idempotency-key": "k1", "content-type": "application/json"}
        await shop.ask("POST", "/orders", named, body=b'{"a":1}')
        _, headers, _ = await shop.ask("POST", "/orders")
    first, second = shop.sent
    assert (first.body, first.headers) == (b'{"a":1}', {"Content-Type": "application/json", "Idempotency-Key": "k1"})
    assert second.headers == {"Idempotency-Key": headers[b"idempotency-key"].decode()}
    assert first.ask_old_again is None, "a write is never made again for a comparison"


@pytest.mark.parametrize(
    ("path", "key", "reason"),
    [
        ("/orders", "refused", "a write that was not acknowledged"),
        ("/keyless", "k1", "a write without Idempotency-Key"),
    ],
)
async def test_other_writes_are_left_out_and_counted(path: str, key: str, reason: str) -> None:
    shop = Shop()
    async with shop.comparing():
        await shop.ask("POST", path, {"idempotency-key": key})
    counts = shop.calls.counts.of(f"POST {path}")
    assert (shop.sent, dict(counts.left_out), counts.asked) == ([], {reason: 1}, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/ready"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/nowhere"),
        ("POST", "/inner"),
        ("HEAD", "/orders/7"),
        ("OPTIONS", "/orders/7"),
        ("DELETE", "/orders/7"),
    ],
)
async def test_only_public_routes_are_repeated(method: str, path: str) -> None:
    shop = Shop()
    async with shop.comparing():
        await shop.ask(method, path)
    assert shop.sent == []


@pytest.mark.parametrize("mark", [{"x-shadow": "other:r0"}, {"x-shadow": "1"}, {"x-canary": "new:k"}])
async def test_a_marked_request_is_answered_and_not_repeated(mark: dict[str, str]) -> None:
    shop = Shop()
    async with shop.comparing():
        assert (await shop.ask("GET", "/orders/7", mark))[0] == 200
    assert shop.sent == []


async def test_a_shadow_request_of_the_same_revision_is_told_that_nobody_new_is_here() -> None:
    shop = Shop()
    status, headers, _ = await shop.ask("GET", "/orders/7", {"x-shadow": ME})
    assert (status, headers[b"x-shadow"], shop.count) == (421, b"alone", 0)


@pytest.mark.parametrize(("percent", "repeated"), [(5, 5), (20, 20), (99.5, 100), (100, 100)])
async def test_the_share_is_drawn(percent: float, repeated: int) -> None:
    draws = iter([number / 100 for number in range(100)])
    shop = Shop(percent=percent, draws=lambda: next(draws))
    async with shop.comparing():
        for _ in range(100):
            await shop.ask("GET", "/orders/7")
    assert len(shop.sent) == repeated


async def test_a_body_that_comes_late_is_waited_for_by_nobody() -> None:
    shop = Shop()
    never = asyncio.Event()
    scope: dict[str, Any] = {
        **{"type": "http", "http_version": "1.1", "scheme": "http", "method": "POST", "path": "/orders"},
        **{"raw_path": b"/orders", "query_string": b"", "headers": [(b"content-length", b"7")]},
    }
    told: list[Message] = []

    async def receive() -> Message:
        await never.wait()
        raise AssertionError

    async def send(message: Message) -> None:
        told.append(message)

    async with shop.comparing():
        await shop.asgi(scope, receive, send)
    assert told[0]["status"] == 200
    assert dict(shop.calls.counts.of("POST /orders").left_out) == {"the body came late": 1}


async def test_without_a_share_there_is_no_shadow_on_the_way() -> None:
    plain = service_app(service="shop", api=Api(), site_origins=(), lifecycle=Lifecycle())
    settings = ShadowSettings(percent=5, url="lb", key="k" * 32, revision="r1")
    shadowed = service_app(service="shop", api=Api(), site_origins=(), lifecycle=Lifecycle(), shadow=settings)
    ways = [app.asgi_app._app for app in (plain, shadowed)]  # type: ignore[attr-defined]
    assert [isinstance(way, Shadow) for way in ways] == [False, True]
