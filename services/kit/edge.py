"""The layer around a service's routes: request id, limits, path spelling, CORS, common headers and the access log.

It is plain ASGI and not a set of the framework's hooks, because it must also hold for requests that the framework would
answer by itself or choke on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Final

from services.kit import request_ids
from services.kit.asgi import AsgiApp, Message, Receive, Scope, Send
from services.kit.body_limit import bounded_body
from services.kit.cors import Cors, Headers
from services.kit.lifecycle import Lifecycle
from services.kit.logs import fields
from services.kit.metrics import Metrics
from services.kit.problems import Problem, send_problem
from services.kit.request_head import HEAD_LIMIT_BYTES, RequestHead

log = logging.getLogger(__name__)

SERVED_BY: Final = "X-Served-By"
"""Header of every answer: the service that gave it."""

_PROBES: Final = (b"/", b"/ready")
_REQUEST_ID: Final = request_ids.HEADER.lower().encode("ascii")
_CLIENT_WENT_AWAY: Final = 499


class Edge:
    """ASGI middleware around ``app``.

    ``service`` is its name for X-Served-By, ``not_found`` what the 404 says of a path in an odd spelling; ``exposed``
    are the headers of answers that pages of ``site_origins`` may read.
    """

    def __init__(
        self,
        app: AsgiApp,
        *,
        service: str,
        not_found: str,
        site_origins: Iterable[str],
        exposed: Iterable[str],
        lifecycle: Lifecycle,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._not_found = not_found
        self._metrics = metrics
        self._cors = Cors(site_origins, exposed=exposed)
        self._lifecycle = lifecycle
        self._common: Headers = [
            (SERVED_BY.lower().encode("ascii"), service.encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        head = RequestHead.of(scope)
        request_id = request_ids.choose(head.request_id)
        request_ids.enter(request_id)
        status = _CLIENT_WENT_AWAY

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(head, request_id, status, list(message.get("headers", ())))
            await send(message)

        try:
            await self._serve(head, scope, receive, send_on)
        finally:
            self._tell(head, status, (time.perf_counter() - started) * 1e3)

    async def _serve(self, head: RequestHead, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if head.size_bytes > HEAD_LIMIT_BYTES:
                raise Problem(431, f"Target and headers are larger than {HEAD_LIMIT_BYTES} bytes; send fewer.")
            if not head.names_a_host:
                raise Problem(400, "Host is no name or address of a host; send the one of the address you call.")
            if self._cors.refuses(head):
                raise Problem(403, "Only the site's own pages may change anything here; use the site.")
            receive = await bounded_body(head, receive)
            if not head.query_string.isascii():
                raise Problem(400, "The query string has bytes outside of ASCII; percent-encode them.")
            if not head.plainly_spelled:
                raise Problem(404, self._not_found)
        except Problem as problem:
            await send_problem(problem, send)
        else:
            await self._app(scope, receive, send)

    def _tell(self, head: RequestHead, status: int, duration_ms: float) -> None:
        # A load balancer probes every few seconds from each of its nodes; only a failing probe is news.
        if status == 200 and head.raw_path in _PROBES:
            return
        self._metrics.count("Requests")
        self._metrics.measure("RequestMs", round(duration_ms, 3))
        if status >= 400:
            self._metrics.count("ServerErrors" if status >= 500 else "ClientErrors")
        path = head.raw_path[:256].decode("latin-1")
        log.info(
            "Request served.",
            extra=fields(method=head.method, path=path, status=status, durationMs=round(duration_ms, 2)),
        )

    def _headers(self, head: RequestHead, request_id: str, status: int, own: Headers) -> Headers:
        allow = next((value for name, value in own if name.lower() == b"allow"), None)
        headers = own + self._common
        headers.append((_REQUEST_ID, request_id.encode("ascii")))
        headers += self._cors.headers(head, status=status, allow=allow)
        if self._lifecycle.draining:
            # Lets the load balancer's connections end between requests instead of under one.
            headers.append((b"connection", b"close"))
        return headers
