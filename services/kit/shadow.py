"""A share of the requests goes to the new side too, once they are answered: ASGI middleware within the edge.

Reads are repeated as they came. A write is repeated only after it was acknowledged and under the key that its answer
carries, by which whoever stores it knows it again; all other writes are left out.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from services.kit import idempotency, request_ids
from services.kit.asgi import AsgiApp, Message, Receive, Scope, Send
from services.kit.differences import Answer
from services.kit.problems import Problem, send_problem
from services.kit.shadow_calls import ANSWER_LIMIT_BYTES, PREVIEW_HEADER, SHADOW_HEADER, ShadowCalls, ShadowRequest

_SHADOW: Final = SHADOW_HEADER.lower().encode()
_MARKS: Final = frozenset({_SHADOW, PREVIEW_HEADER.lower().encode()})
_SENT_ON: Final = {b"content-type": "Content-Type", b"accept": "Accept"}
_KEY: Final = idempotency.HEADER.lower().encode()
_BODY_LIMIT_BYTES: Final = 16 * 1024
_BODY_SECONDS: Final = 0.05
"""A body that came with its head is there at once; a visitor waits for no copy of one that is late."""

RouteOf = Callable[[str, str], str | None]
"""Method and path to a public route's name, such as ``GET /orders/{order_id}``; None for any other path."""


class Shadow:
    """ASGI middleware around ``app``.

    Args:
        app: what answers.
        route_of: which requests may be repeated.
        calls: takes what is to be repeated.
        identity: name and revision of this process; a shadow request that comes from the same is not answered.
        percent: share of the requests of public routes.
        draw: a random number from 0 up to 1.
    """

    def __init__(
        self,
        app: AsgiApp,
        *,
        route_of: RouteOf,
        calls: ShadowCalls,
        identity: str,
        percent: float,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._app = app
        self._route_of = route_of
        self._calls = calls
        self._identity = identity.encode("ascii")
        self._share = percent / 100
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        marks = {name: value for name, value in scope["headers"] if name in _MARKS}
        if marks:
            if marks.get(_SHADOW) == self._identity:
                alone = Problem(
                    421, "This is the side that asks; nobody new is behind this path.", headers={SHADOW_HEADER: "alone"}
                )
                await send_problem(alone, send)
            else:
                await self._app(scope, receive, send)
            return
        route = self._route_of(scope["method"], scope["path"]) if self._draw() < self._share else None
        if route is None:
            await self._app(scope, receive, send)
        else:
            await self._serve_and_repeat(route, scope, receive, send)

    async def _serve_and_repeat(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._calls.is_alone(route):
            self._calls.counts.of(route).alone += 1
            await self._app(scope, receive, send)
            return
        ahead = _ReadAhead(receive)
        body = await ahead.body() if _has_body(scope) else b""
        told = _Told(send)
        await self._app(scope, ahead.receive, told.send)
        reason = "the body came late" if body is None else told.reason_to_leave_out(is_read=_is_read(scope))
        if reason is not None:
            self._calls.counts.of(route).left_out[reason] += 1
            return
        self._calls.offer(self._request(route, scope, body or b"", told))

    def _request(self, route: str, scope: Scope, body: bytes, told: _Told) -> ShadowRequest:
        query = scope["query_string"].decode("ascii")
        path = scope["raw_path"].decode("ascii")
        headers = {_SENT_ON[name]: value.decode("latin-1") for name, value in scope["headers"] if name in _SENT_ON}
        is_read = _is_read(scope)
        if not is_read:
            headers[idempotency.HEADER] = told.header(_KEY)
        return ShadowRequest(
            route=route,
            method=scope["method"],
            target=f"{path}?{query}" if query else path,
            headers=headers,
            body=body,
            request_id=request_ids.current(),
            answer=told.answer,
            ask_old_again=partial(self._ask_again, dict(scope), body) if is_read else None,
        )

    async def _ask_again(self, scope: Scope, body: bytes) -> Answer:
        told = _Told(_nobody)

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive, told.send)
        return told.answer


class _ReadAhead:
    """Reads a body before the application does, which then gets it all the same."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    async def body(self) -> bytes | None:
        """All of it, if it is there within 50 ms and not above 16 KiB."""
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                while len(body) <= _BODY_LIMIT_BYTES:
                    message = await self._receive()
                    self._messages.append(message)
                    if message["type"] != "http.request":
                        return None
                    body += message.get("body", b"")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            pass
        return None

    async def receive(self) -> Message:
        """The application's ``receive``."""
        return self._messages.pop(0) if self._messages else await self._receive()


class _Told:
    """What an application answers, as it is sent on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._body = b""
        self._is_whole = False

    async def send(self, message: Message) -> None:
        """The application's ``send``."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(message.get("headers", ()))
        elif message["type"] == "http.response.body" and len(self._body) <= ANSWER_LIMIT_BYTES:
            self._body += message.get("body", b"")
            self._is_whole = not message.get("more_body", False)

    @property
    def answer(self) -> Answer:
        """All that was told."""
        return Answer(status=self._status, content_type=self.header(b"content-type"), body=self._body)

    def header(self, name: bytes) -> str:
        """Value of a header, empty where there is none."""
        return next((value.decode("latin-1") for one, value in self._headers if one.lower() == name), "")

    def reason_to_leave_out(self, *, is_read: bool) -> str | None:
        """Why the request must not be repeated, if there is any reason."""
        if not self._is_whole or len(self._body) > ANSWER_LIMIT_BYTES:
            return "the answer is not whole or above 1 MiB"
        if is_read:
            return None
        if not 200 <= self._status < 300:
            return "a write that was not acknowledged"
        return None if self.header(_KEY) else f"a write without {idempotency.HEADER}"


def _is_read(scope: Scope) -> bool:
    return bool(scope["method"] == "GET")


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


async def _nobody(_: Message) -> None:
    """Takes what is told to nobody."""
