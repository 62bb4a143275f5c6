"""One request's way through Quart: without a task for its body, and to a route that is remembered.

Quart reads the body in a task beside the handler's and cancels the handler when the client goes away. No handler here
reads a body, and ``body_limit`` keeps it small. So a request is handled in the server's own task and answered in two
messages, and what was begun is finished.

For each request Quart also takes Host apart and searches the routes. Here only method and path decide, and what they
led to once they lead to again, without a search.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.base import BaseRequestWebsocket
from quart.wrappers.response import DataBody
from werkzeug.routing import Map, MapAdapter, Rule

from services.kit.asgi import Receive, Send

_MOST_PATHS: Final = 2048


class LeanConnection(ASGIHTTPConnection):
    """What ``Quart.asgi_http_class`` is replaced by."""

    async def __call__(self, receive: Receive, send: Send) -> None:  # type: ignore[override]  # noqa: ARG002
        """Serve one request."""
        request = self._create_request_from_scope(send)  # type: ignore[arg-type]
        request.body.set_complete()
        await self.handle_request(request, send)

    async def handle_request(self, request: Request, send: Any) -> None:
        """Answer ``request``; the application turns what a handler raises into an answer."""
        await self._send_response(send, await self.app.handle_request(request))

    async def _send_response(self, send: Any, response: Any) -> None:
        body = response.response.data if isinstance(response.response, DataBody) else await response.get_data()
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


class RouteMemory:
    """The routes of ``url_map`` by method and path. Paths that lead nowhere are searched anew: there are too many."""

    def __init__(self, url_map: Map) -> None:
        self._url_map = url_map
        self._adapter = url_map.bind("localhost")
        self.find = lru_cache(_MOST_PATHS)(self._find)

    def adapter(self, request: BaseRequestWebsocket) -> MapAdapter:
        """What ``Quart.create_url_adapter`` makes of a request."""
        return _RememberingAdapter(self, self._url_map, request)

    def _find(self, method: str, path: str) -> tuple[Rule, Mapping[str, Any]]:
        return self._adapter.match(path, method, return_rule=True)


class _RememberingAdapter(MapAdapter):
    def __init__(self, memory: RouteMemory, url_map: Map, request: BaseRequestWebsocket) -> None:
        super().__init__(url_map, "localhost", "/", "", "http", request.path, request.method)
        self._memory = memory

    def match(self, *args: Any, **options: Any) -> Any:
        """Rule and arguments of the request; anything else as werkzeug has it."""
        if args or options != {"return_rule": True}:
            return super().match(*args, **options)
        rule, arguments = self._memory.find(self.default_method, self.path_info)
        return rule, dict(arguments)
