"""A reverse proxy on a loopback port in front of a deployment, which shows each request and answer to a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from cli.comparing.learned import Seen
from embedded.callers import from_another_page, names_this_machine

_LARGEST_REQUEST: Final = 16 * 1024 * 1024
_TIMEOUT_SECONDS: Final = 60.0
_OF_ONE_CONNECTION: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that are not passed on: each connection has its own."""


async def serve(
    url: str,
    *,
    origins: Collection[str],
    port: int,
    see: Callable[[Seen], None],
    ready: Callable[[int], None],
    seconds: float | None,
) -> None:
    """Pass requests on to ``url`` until it is cancelled, those of other pages than the site's excepted.

    Args:
        url: of the load balancer, without a path.
        origins: of the site, whose pages may call it.
        port: to listen on; 0 for a free one.
        see: is shown each request with its answer.
        ready: is told the port when it listens.
        seconds: how long; None: until cancelled.

    Raises:
        OSError: somebody else has the port.
    """
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:

        async def passed_on(request: web.Request) -> web.Response:
            return await _pass_on(request, session, url, see)

        app = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[_refuse_pages_but(origins)])
        app.router.add_route("*", "/{path:.*}", passed_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            ready(int(runner.addresses[0][1]))
            await (asyncio.Event().wait() if seconds is None else asyncio.sleep(seconds))
        finally:
            await runner.cleanup()


def _refuse_pages_but(origins: Collection[str]) -> Middleware:
    """A page that means harm would write into the contract what every later revision is compared by."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        host, origin = headers.get("Host", ""), headers.get("Origin", "")
        if not names_this_machine(host):
            return web.Response(status=421, text="The recording goes by the name of 127.0.0.1 or localhost.\n")
        foreign = from_another_page(host=host, origin=origin, fetch_site=headers.get("Sec-Fetch-Site", ""))
        if foreign and origin not in origins:
            return web.Response(status=403, text="The recording takes no calls from pages but the site's.\n")
        return await handler(request)

    return refuse


async def _pass_on(
    request: web.Request, session: aiohttp.ClientSession, url: str, see: Callable[[Seen], None]
) -> web.Response:
    body = await request.read()
    headers = _end_to_end(request.headers)
    headers["Accept-Encoding"] = "identity"  # what is seen is what a program reads
    try:
        async with session.request(
            request.method,
            URL(url + request.raw_path, encoded=True),
            headers=headers,
            data=body or None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as problem:
        return web.Response(status=502, text=f"{url} did not answer: {type(problem).__name__}\n")
    see(
        Seen(
            method=request.method,
            path=request.raw_path,
            headers=request.headers,
            body=body,
            status=answer.status,
            answer_headers=answer.headers,
            answer_body=content,
        )
    )
    return web.Response(status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers), body=content)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION)
