"""Quart's way from an ASGI request to a response, without what no service here needs: it halves the cost of a request.

Quart reads a request's body in a task beside the handler, cancels the handler when the client goes away, opens a session
and searches the routes anew each time. Here nobody reads a body (``body_limit`` sees to it that it is small), what was
begun is finished, there are no sessions, and a path that was found once is found again at once. The extension points are
Quart's own: ``asgi_http_class``, ``request_context`` and ``RequestContext.match_request``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.sessions import NullSession
from quart.wrappers import Response
from werkzeug.routing import Map, Rule

from services.common.asgi import Receive, Send

_NO_SESSION: Final = NullSession()
_MOST_PATHS: Final = 2048


class LeanConnection(ASGIHTTPConnection):
    """One request."""

    async def __call__(self, receive: Receive, send: Send) -> None:  # type: ignore[override]  # noqa: ARG002
        """Handle it in the server's own task, and answer in two messages."""
        request = self._create_request_from_scope(send)  # type: ignore[arg-type]
        request.body.set_complete()
        await self.handle_request(request, send)  # type: ignore[arg-type]

    async def handle_request(self, request: Request, send: Any) -> None:
        """Answer ``request``; whatever a handler raises has been made an answer by the application."""
        response = await self.app.handle_request(request)
        if not isinstance(response, Response):
            await super()._send_response(send, response)
            return
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        body = await response.get_data(as_text=False)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


class Routes:
    """The routes of ``url_map``, each match remembered; add none after the first request."""

    def __init__(self, url_map: Map) -> None:
        self._url_map = url_map
        self.match = lru_cache(_MOST_PATHS)(self._match)

    def _match(self, method: str, path: str) -> tuple[Rule, dict[str, Any]]:
        """Rule and arguments; raises what werkzeug raises, which is not remembered."""
        # A name of our own: the request's Host may be no host at all, and no route asks for it.
        adapter = self._url_map.bind("localhost", path_info=path, default_method=method)
        rule, arguments = adapter.match(return_rule=True)
        return rule, dict(arguments)


class LeanContext(RequestContext):
    """The context of one request: no session, remembered routes."""

    def __init__(self, app: Quart, request: Request, routes: Routes) -> None:
        self._routes = routes
        super().__init__(app, request, _NO_SESSION)

    def match_request(self) -> None:
        """See RequestContext."""
        request = self.request_websocket
