"""One request's way through Quart without a task for its body, which no handler reads; ``body_limit`` keeps it small.

Quart reads the body in a task beside the handler's and cancels the handler when the client goes away. Here a request is
handled in the server's own task and answered in two messages, and what was begun is finished.
"""

from __future__ import annotations

from typing import Any

from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.response import DataBody

from services.kit.asgi import Receive, Send


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
