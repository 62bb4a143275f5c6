"""Quart's way from an ASGI request to an answer, without what no service here needs: half the cost of a request.

Quart reads the body in a task beside the handler, cancels the handler when the client goes away, opens a session and
searches the routes anew for each request. Here no handler reads a body (``body_limit`` sees to it that it is small),
what was begun is finished, there are no sessions, and a path that was found is found again at once. It all hangs
on extension points of Quart's: ``asgi_http_class``, ``request_context`` and ``RequestContext.match_request``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, cast

from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.routing import QuartRule
from quart.sessions import NullSession
from quart.wrappers.response import DataBody
from werkzeug.exceptions import HTTPException

from services.kit.asgi import Receive, Send

_NO_SESSION: Final = NullSession()


class LeanConnection(ASGIHTTPConnection):
    """One request, handled in the server's own task and answered in two messages."""

    async def __call__(self, receive: Receive, send: Send) -> None:  # type: ignore[override]  # noqa: ARG002
        """Serve it."""
        request = self._create_request_from_scope(send)  # type: ignore[arg-type]
        request.body.set_complete()
        await self.handle_request(request, send)

    async def handle_request(self, request: Request, send: Any) -> None:
        """Answer ``request``; what a handler raises, the application has made an answer of."""
        await self._send_response(send, await self.app.handle_request(request))

    async def _send_response(self, send: Any, response: Any) -> None:
        body = response.response.data if isinstance(response.response, DataBody) else await response.get_data()
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


class LeanRequest(Request):
    """A request to an application without blueprints."""

    blueprints: list[str] = []  # noqa: RUF012 - looked at, never changed


class RememberingApp(Protocol):
    """What the context wants of the application."""

    match: Callable[[str, str], tuple[QuartRule, Mapping[str, Any]]]
    """Rule and arguments of a method and path; raises HTTPException where there are none."""


class LeanContext(RequestContext):
    """The context of one request: no session, and routes that the application remembers."""

    def __init__(self, app: Quart, request: Request) -> None:
        super().__init__(app, request, _NO_SESSION)

    def match_request(self) -> None:
        """See RequestContext."""
        request = self.request_websocket
        try:
            rule, arguments = cast(RememberingApp, self.app).match(request.method, request.path)
        except HTTPException as error:
            request.routing_exception = error
        else:
            request.url_rule, request.view_args = rule, dict(arguments)
