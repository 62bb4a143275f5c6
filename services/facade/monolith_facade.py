"""Talking to the monolith: POST /mysfits/{id}/fulfill-… through the load balancer.

This is the one layer that repeats a request between services, always with the same Idempotency-Key, so that the
monolith's store counts it once: when no answer comes (refused, broken or silent connection) and when the load balancer
answers in the monolith's place (502, 503, 504). What the monolith itself answers is final, also its own 503: by then
its store has tried again for as long as makes sense. Nothing further out repeats anything; the client decides.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from services.facade import fulfill_key, key_groups
from services.kit import idempotency, request_ids
from services.kit.address import base_url, read_address
from services.kit.edge import SERVED_BY
from services.kit.environment import EnvironmentReader
from services.kit.logs import fields
from services.kit.problems import MEDIA_TYPE
from services.mysfits.api import UNKNOWN_MYSFIT
from services.mysfits.changes import CHANGES
from services.mysfits.routes import FULFILL_LIKES

log = logging.getLogger(__name__)

_TOTAL_SECONDS: Final = 9.0
_ATTEMPT_SECONDS: Final = 4.5
"""Above the store's deadlines, so that one hears from the monolith instead of giving up on it."""

_CONNECT_SECONDS: Final = 1.0
_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 30.0
"""A pooled connection is dropped well before the load balancer (60 s) or the monolith (75 s) would close it."""

_CONNECTIONS: Final = 128
_DNS_SECONDS: Final = 10
_ANSWER_LIMIT_BYTES: Final = 64 * 1024
_SERVICE_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_GATEWAY_STATUSES: Final = (502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class FacadeSettings:
    """``monolith_url`` is the address of the load balancer, as services.kit.address reads it."""

    monolith_url: str
    fulfill_key: str = field(repr=False)

    @classmethod
    def read(cls, reader: EnvironmentReader) -> FacadeSettings:
        """Read MONOLITH_URL and FULFILL_KEY; problems stay in ``reader``."""
        return cls(
            monolith_url=read_address(reader, "MONOLITH_URL"),
            fulfill_key=fulfill_key.read_current_key(reader),
        )


@dataclass(frozen=True, kw_only=True)
class FacadeAnswer:
    """The monolith's own answer, fit to be passed on; ``served_by`` is its X-Served-By, empty if it sent none."""

    status: int
    content_type: str
    body: bytes
    served_by: str


class MonolithUnavailableError(RuntimeError):
    """The monolith did not answer, or not as the monolith."""

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class _NoAnswerError(Exception):
    """One attempt did not reach the monolith, or brought no answer of its own; the message is for the log."""


@asynccontextmanager
async def open_facade(settings: FacadeSettings) -> AsyncIterator[MonolithFacade]:
    """A facade with a connection pool of its own, for as long as the context lasts."""
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=_DNS_SECONDS)
    timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS)
    async with aiohttp.ClientSession(
        base_url(settings.monolith_url), connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield MonolithFacade(session, key=settings.fulfill_key)


class MonolithFacade:
    """The monolith as the services that were cut out of it see it."""

    def __init__(self, session: aiohttp.ClientSession, *, key: str) -> None:
        self._session = session
        self._key = key

    async def fulfill(self, mysfit_id: str, change: str, *, key: str) -> FacadeAnswer:
        """POST /mysfits/{mysfit_id}/fulfill-{change} with the Idempotency-Key ``key`` and the current request's id.

        Raises:
            MonolithUnavailableError: no answer within 9 s, a 5xx, or an answer that is not the monolith's (such as a
                placeholder's).
        """
        path = CHANGES[change].facade_route.at(mysfit_id=mysfit_id)
        return await self._fulfill(path, {idempotency.HEADER: key})

    async def fulfill_likes(self, mysfit_id: str, keys: Collection[str]) -> FacadeAnswer:
        """POST /mysfits/{mysfit_id}/fulfill-likes for several likes at once, with their keys; otherwise as ``fulfill``.

        A path of its own: a monolith that does not know it refuses all, and can never take them for one.
        """
        headers = {key_groups.HEADER: key_groups.encode(keys)}
        return await self._fulfill(FULFILL_LIKES.at(mysfit_id=mysfit_id), headers)

    async def _fulfill(self, path: str, keys: Mapping[str, str]) -> FacadeAnswer:
        headers = {**keys, fulfill_key.HEADER: self._key, request_ids.HEADER: request_ids.current()}
        clock = asyncio.get_running_loop().time
        ends = clock() + _TOTAL_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with asyncio.timeout(min(_ATTEMPT_SECONDS, ends - clock())):
                    return await self._attempt(path, headers)
            except _NoAnswerError as error:
                reason = str(error)
            except TimeoutError:
                reason = "silence"
            log.warning("No answer of the monolith: %s", reason, extra=fields(path=path))
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads load, keeps no secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            if clock() >= ends:
                raise MonolithUnavailableError(
                    f"The monolith did not answer; whether the change was made is unknown. Try again with the same "
                    f"{idempotency.HEADER}."
                )

    async def _attempt(self, path: str, headers: dict[str, str]) -> FacadeAnswer:
        try:
            async with self._session.post(path, headers=headers, allow_redirects=False) as response:
                return _checked(response, await _read(response))
        except (aiohttp.ClientError, OSError) as error:
            # Not its repr: of some errors that has the request's headers in it, and so the key.
            raise _NoAnswerError(f"{type(error).__name__}: {error}") from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or only its first part where that is already too long for an answer of the monolith."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _ANSWER_LIMIT_BYTES:
            response.close()
            break
    return bytes(body)


def _checked(response: aiohttp.ClientResponse, body: bytes) -> FacadeAnswer:
    status, content_type = response.status, response.content_type
    if status in _GATEWAY_STATUSES and SERVED_BY not in response.headers:
        raise _NoAnswerError(f"{status} from the load balancer")
    if status >= 500:
        log.warning("The monolith answered %d to POST %s", status, response.url.path)
        raise MonolithUnavailableError(
            "The monolith cannot serve this now; try again later.", retry_after_seconds=_retry_after(response)
        )
    passable = (status == 200 and content_type == "application/json") or _is_passable_problem(
        status, content_type, body
    )
    if not passable:
        log.error(
            "POST %s was answered %d (%s), not as the monolith does; is it deployed with this action and our key?",
            response.url.path,
            status,
            content_type,
        )
        raise MonolithUnavailableError("The monolith does not serve this action now; try again later.")
    served_by = response.headers.get(SERVED_BY, "")
    return FacadeAnswer(
        status=status,
        content_type=content_type,
        body=body,
        served_by=served_by if _SERVICE_NAME.fullmatch(served_by) else "",
    )


def _is_passable_problem(status: int, content_type: str, body: bytes) -> bool:
    """Whether this refusal concerns the client: any 4xx problem but one about our key, the path or the method."""
    if not 400 <= status < 500 or status in (401, 403) or content_type != MEDIA_TYPE:
        return False
    if status not in (404, 405):
        return True
    try:
        problem = json.loads(body)
    except ValueError:
        return False
    return isinstance(problem, dict) and problem.get("type") == UNKNOWN_MYSFIT


def _retry_after(response: aiohttp.ClientResponse) -> int:
    """The monolith's Retry-After in seconds when it is a sane number, else 1."""
    text = response.headers.get("Retry-After", "")
    return min(max(int(text), 1), 60) if text.isascii() and text.isdigit() and len(text) < 6 else 1
