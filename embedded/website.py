"""The S3 website endpoint of the embedded AWS: a bucket's objects over plain HTTP on a loopback port of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from embedded.callers import from_another_page, names_this_machine

_INDEX: Final = "index.html"


@web.middleware
async def _refuse_other_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing for a name that is not this machine's; pages of other origins may only lead here by a link."""
    if not names_this_machine(request.headers.get("Host", "")):
        return web.Response(status=421, text="The site goes by the name of 127.0.0.1 or localhost; use one of these.\n")
    headers = request.headers
    foreign = from_another_page(
        host=request.host, origin=headers.get("Origin", ""), fetch_site=headers.get("Sec-Fetch-Site", "")
    )
    followed = (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) == ("navigate", "document")
    if foreign and not followed:
        return web.Response(status=403, text="The site is no part of other pages; open it in a window of its own.\n")
    return await handler(request)


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
        app = web.Application(middlewares=[_refuse_other_pages])
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
