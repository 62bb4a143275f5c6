"""Requests on their way to the new side: a bounded queue, few at a time, and none that anybody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import aiohttp
import yarl

from services.kit import request_ids
from services.kit.address import base_url, read_address
from services.kit.differences import Answer, differences, lasting_differences
from services.kit.edge import SERVED_BY
from services.kit.environment import EnvironmentReader
from services.kit.shadow_counts import ShadowCounts

log = logging.getLogger(__name__)

SHADOW_HEADER: Final = "X-Shadow"
"""Marks a shadow request, with the name and revision of who sent it."""

PREVIEW_HEADER: Final = "X-Canary"
"""Leads a request to the new side, whatever the shares of the path are; wants the key."""

ANSWER_LIMIT_BYTES: Final = 1024 * 1024

IDLE_SECONDS: Final = 30.0
"""A pooled connection is dropped well before the load balancer (60 s) would close it."""

_QUEUED: Final = 256
_AT_ONCE: Final = 4
_CALL_SECONDS: Final = 5.0
_END_SECONDS: Final = 2.0
_FLUSH_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 5.0
_COMING_UP_SECONDS: Final = 60.0
"""While no target is healthy a load balancer asks those too that do not listen yet, also when one has answered already:
so long after a new side was first reached nobody is blamed for it."""
_GATEWAY_STATUSES: Final = (502, 504)
_NO_TARGET: Final = 503
_MISDIRECTED: Final = 421
_KEY: Final = r"[A-Za-z0-9_-]{32,128}"


@dataclass(frozen=True, kw_only=True)
class ShadowSettings:
    """Which share of its requests a process sends to the new side too.

    Attributes:
        percent: above 0, at most 100.
        url: host[:port] of the load balancer.
        key: opens its preview rules.
        revision: of this process's image; who gets a shadow request from its own revision says so.
    """

    percent: float
    url: str
    key: str = field(repr=False)
    revision: str

    @classmethod
    def read(cls, reader: EnvironmentReader) -> ShadowSettings | None:
        """Read SHADOW_PERCENT; if it is above 0, SHADOW_URL, SHADOW_KEY and SHADOW_REVISION. Problems stay there."""
        percent = reader.number("SHADOW_PERCENT", default=0, lowest=0, highest=100, unit="percent")
        if not percent:
            return None
        keys = reader.secrets("SHADOW_KEY", pattern=_KEY, means="keys of 32 to 128 letters, digits, - or _")
        if len(keys) != 1:
            reader.problems.append("SHADOW_KEY is not one key; set it to that of the preview rules.")
        return cls(
            percent=percent,
            url=read_address(reader, "SHADOW_URL"),
            key=next(iter(keys), ""),
            revision=reader.text(
                "SHADOW_REVISION", pattern=r"[A-Za-z0-9_.-]{1,128}", means="the tag of this process's image"
            ),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ShadowRequest:
    """One request that was answered, to be asked again.

    Attributes:
        route: what it is counted under.
        method, target, headers, body: what is sent; ``target`` is path and query as they came.
        request_id: of the request that was answered.
        answer: that the old side gave.
        ask_old_again: has the old side answer once more; None for a write.
    """

    route: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    answer: Answer
    ask_old_again: Callable[[], Awaitable[Answer]] | None


class NoAnswerError(Exception):
    """The new side did not answer; the message is a short reason without anything of the request."""


class GatewayError(NoAnswerError):
    """The load balancer asked somebody on the new side who did not answer it."""


class AloneError(Exception):
    """There is nobody new behind this route."""


class NoTargetError(Exception):
    """The load balancer has nobody to ask on the new side."""


class Send(Protocol):
    """Sends one request to the new side."""

    async def __call__(self, request: ShadowRequest) -> Answer:
        """The new side's answer.

        Raises:
            NoAnswerError, AloneError, NoTargetError: there is none.
        """


class ShadowCalls:
    """Sends what ``offer`` takes while ``while_serving`` runs; ``open_send`` gives the way to send, for that long."""

    def __init__(
        self,
        open_send: Callable[[], contextlib.AbstractAsyncContextManager[Send]],
        *,
        counts: ShadowCounts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts = counts or ShadowCounts()
        self._open_send = open_send
        self._clock = clock
        self._queue: asyncio.Queue[ShadowRequest] = asyncio.Queue(_QUEUED)
        self._paused_until: dict[str, float] = {}
        self._answered: set[str] = set()
        self._up_by: dict[str, float] = {}

    def is_alone(self, route: str) -> bool:
        """Whether a moment ago nobody new was behind the route; then its requests are counted and not sent."""
        return self._clock() < self._paused_until.get(route, 0.0)

    def offer(self, request: ShadowRequest) -> None:
        """Take a request if there is room; never waits."""
        try:
            self._queue.put_nowait(request)
        except asyncio.QueueFull:
            self.counts.of(request.route).dropped += 1

    async def while_serving(self) -> AsyncGenerator[None, None]:
        """Send and count; in the end for two seconds more, and what is left then counts as dropped."""
        async with self._open_send() as send:
            tasks = [asyncio.create_task(self._work(send)) for _ in range(_AT_ONCE)]
            tasks.append(asyncio.create_task(self._flush_for_ever()))
            yield
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await self._queue.join()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        while not self._queue.empty():
            self.counts.of(self._queue.get_nowait().route).dropped += 1
        self.counts.flush()

    async def _flush_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            self.counts.flush()

    async def _work(self, send: Send) -> None:
        while True:
            request = await self._queue.get()
            try:
                await self._compare(request, send)
            except asyncio.CancelledError:
                self.counts.of(request.route).dropped += 1
                raise
            except Exception as problem:  # whatever it is, the next one may go well
                log.exception("A shadow request could not be compared.")
                self.counts.of(request.route).failed[type(problem).__name__] += 1
            finally:
                self._queue.task_done()

    async def _compare(self, request: ShadowRequest, send: Send) -> None:
        request_ids.enter(request.request_id)
        route = request.route
        try:
            new = await send(request)
        except GatewayError as reason:
            if self._is_coming_up(route):
                self._pause(route)
            else:
                self.counts.of(route).failed[str(reason)] += 1
            return
        except NoAnswerError as reason:
            self.counts.of(route).failed[str(reason)] += 1
            return
        except AloneError:
            self._answered.discard(route)
            self._up_by.pop(route, None)
            self._pause(route)
            return
        except NoTargetError:
            # However long it takes until there is one; what has answered should be there.
            if self._is_coming_up(route) or route not in self._answered:
                self._pause(route)
            else:
                self.counts.of(route).failed["no target behind the load balancer"] += 1
            return
        self._is_coming_up(route)  # from now on, if nothing came before
        self._answered.add(route)
        found = differences(request.answer, new)
        if found and request.ask_old_again is not None:
            found = lasting_differences(request.answer, new, await request.ask_old_again())
            if not found:
                self.counts.of(route).moved += 1
                return
        if found:
            self.counts.of(route).differ(found)
        else:
            self.counts.of(route).same += 1

    def _is_coming_up(self, route: str) -> bool:
        """Whether the new side of a route was first reached a short time ago, or now."""
        now = self._clock()
        return now < self._up_by.setdefault(route, now + _COMING_UP_SECONDS)

    def _pause(self, route: str) -> None:
        self.counts.of(route).alone += 1
        self._paused_until[route] = self._clock() + _PAUSE_SECONDS


@contextlib.asynccontextmanager
async def open_preview(settings: ShadowSettings, *, sender: str) -> AsyncGenerator[Send, None]:
    """The way through the load balancer's preview rules; ``sender`` is the value of X-Shadow."""
    marks = {PREVIEW_HEADER: f"new:{settings.key}", SHADOW_HEADER: sender}
    connector = aiohttp.TCPConnector(limit=_AT_ONCE, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=10)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=_CALL_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
    ) as session:

        async def send(request: ShadowRequest) -> Answer:
            url = yarl.URL(f"{base_url(settings.url)}{request.target}", encoded=True)
            headers = {**request.headers, **marks, request_ids.HEADER: request.request_id}
            try:
                async with session.request(
                    request.method, url, headers=headers, data=request.body or None, allow_redirects=False
                ) as response:
                    return _checked(response, await _read(response))
            except TimeoutError:
                raise NoAnswerError("silence") from None
            except (aiohttp.ClientError, OSError) as error:
                # Not its text: of some errors that has the request's headers in it, and so the key.
                raise NoAnswerError(type(error).__name__) from None

        yield send


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            response.close()
            raise NoAnswerError("an answer above 1 MiB")
    return bytes(body)


def _checked(response: aiohttp.ClientResponse, body: bytes) -> Answer:
    if response.status == _MISDIRECTED and SHADOW_HEADER in response.headers:
        raise AloneError
    if SERVED_BY not in response.headers:
        if response.status == _NO_TARGET:
            raise NoTargetError
        if response.status in _GATEWAY_STATUSES:
            raise GatewayError(f"{response.status} from the load balancer")
    return Answer(status=response.status, content_type=response.headers.get("Content-Type", ""), body=body)
