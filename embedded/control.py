"""The control socket: what commands and tests ask of the embedded AWS itself, which no browser can reach.

A Unix socket that only this user may open. Requests and answers are JSON over HTTP; ``embedded.control_client`` asks.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from embedded.private_folders import FILE_MODE

SOCKET_NAME: Final = "control.sock"

Handler = Callable[[object], object | Awaitable[object]]
"""Gets the request's JSON (None without a body), returns the answer's, and raises ValueError for a wrong request."""


class Control:
    """Serves the routes that were added before its start, in the event loop of ``start``."""

    def __init__(self, path: Path) -> None:
        """``path``: of the socket, in a folder that is private already; one that was left there is replaced."""
        self._path = path
        self._app = web.Application()
        self._runner: web.AppRunner | None = None

    def add(self, method: str, route: str, handler: Handler) -> None:
        """Answer ``method`` on ``route`` (such as "/status") by ``handler``."""

        async def serve(request: web.Request) -> web.Response:
            try:
                found = handler(json.loads(body) if (body := await request.read()) else None)
                return web.json_response(await found if inspect.isawaitable(found) else found)
            except ValueError as problem:
                return web.json_response({"problem": str(problem)}, status=400)

        self._app.router.add_route(method, route, serve)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the socket cannot be made.
        """
        self._runner = web.AppRunner(self._app, access_log=None)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self._path)).start()
        self._path.chmod(FILE_MODE)

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
