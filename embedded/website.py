"""The S3 website endpoint of the embedded AWS: a bucket's objects over plain HTTP on a loopback port of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

_INDEX: Final = "index.html"


class WebsiteEndpoint:
    """Serves the bucket that ``bucket`` returns at the time of the request (None: no site was deployed yet)."""

    def __init__(self, *, port: int, bucket: Callable[[], Any | None]) -> None:
        self._port = port
        self._bucket = bucket
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application()
        app.router.add_get("/{key:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        bucket = self._bucket()
        if bucket is None:
            return web.Response(status=404, text="The site is not published yet; run make deploy.\n")
        name = request.match_info["key"]
        key = bucket.keys.get(name if name and not name.endswith("/") else f"{name}{_INDEX}")
        if key is None:
            return web.Response(status=404, text=f"NoSuchKey: {name}\n")
        etag = str(key.etag)
        headers = {"ETag": etag, "Content-Type": key.metadata.get("Content-Type") or "binary/octet-stream"}
        if "Cache-Control" in key.metadata:
            headers["Cache-Control"] = key.metadata["Cache-Control"]
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=key.value, headers=headers)
