"""What a recording learns from the requests that it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final

from cli.comparing import contract
from cli.comparing.contract import Contract
from cli.comparing.exchange import KEPT_HEADERS, Answer, Exchange, Request, canonical
from cli.comparing.selection import route_of
from systems.system import System

MOST_ALIKE: Final = 3
"""Exchanges of one route and status in a contract."""
_LARGEST_BODY: Final = 64 * 1024
_BALANCER_COOKIES: Final = "AWSALB"
"""Names of the load balancer's own cookies begin so; they say nothing of a person."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request that passed, and its answer. Names of headers may have any case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes


class Learned:
    """Collects exchanges of a system's declared routes.

    Attributes:
        left_out: how many requests taught nothing, by the reason.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._exchanges: list[Exchange] = []
        self.left_out: Counter[str] = Counter()

    def see(self, seen: Seen) -> str:
        """Learn from one request.

        Returns:
            Its route and status where that is the first one of them; else an empty string.
        """
        reason = self._reason_against(seen)
        if reason:
            self.left_out[reason] += 1
            return ""
        one = _exchange(seen)
        is_first = all(self._group(other) != self._group(one) for other in self._exchanges)
        self._exchanges.append(one)
        route, status = self._group(one)
        return f"{route}: {status}" if is_first else ""

    def added_to(self, known: Contract) -> Contract:
        """A contract with what was learned; what there are enough of is counted among what was left out."""
        after = contract.merged(known, self._exchanges, route_of=self._route, most=MOST_ALIKE)
        kept = {one.request.key() for one in after.exchanges}
        alike = {one.request.key() for one in self._exchanges} - kept
        if alike:
            self.left_out[f"other requests of a route and status, of which {MOST_ALIKE} are known"] += len(alike)
        return after

    def rows(self, before: Contract, after: Contract) -> list[tuple[str, str, str, str]]:
        """For a table: route, status, how many exchanges the contract has of them, and how many of those are new."""
        had, has = (Counter(map(self._group, one.exchanges)) for one in (before, after))
        return [
            (route, str(status), str(count), str(max(0, count - had[route, status])))
            for (route, status), count in sorted(has.items())
        ]

    def _route(self, request: Request) -> str:
        return str(route_of(self._system, request) or request)

    def _group(self, one: Exchange) -> tuple[str, int]:
        return self._route(one.request), one.answer.status

    def _reason_against(self, seen: Seen) -> str:
        request = Request(method=seen.method, path=seen.path)
        if route_of(self._system, request) is None:
            return f"no declared route: {seen.method} {request.plain_path}"
        if seen.status >= 500:
            return f"answered {seen.status}"
        if _is_personal(seen.headers):
            return "with credentials or cookies: the answer may be one person's"
        if max(len(seen.body), len(seen.answer_body)) > _LARGEST_BODY:
            return f"a body above {_LARGEST_BODY // 1024} KiB"
        if not (_is_text(seen.body) and _is_text(seen.answer_body)):
            return "a body that is no text"
        return ""


def _exchange(seen: Seen) -> Exchange:
    headers = {name: value for name in KEPT_HEADERS if (value := _header(seen.headers, name))}
    answer_type = _header(seen.answer_headers, "Content-Type")
    return Exchange(
        request=Request(
            method=seen.method,
            path=seen.path,
            headers=headers,
            body=canonical(seen.body, headers.get("Content-Type", "")),
        ),
        answer=Answer(
            status=seen.status,
            content_type=answer_type,
            location=_header(seen.answer_headers, "Location"),
            body=canonical(seen.answer_body, answer_type),
        ),
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def _is_personal(headers: Mapping[str, str]) -> bool:
    if _header(headers, "Authorization"):
        return True
    try:
        cookies = SimpleCookie(_header(headers, "Cookie"))
    except CookieError:
        return True
    return any(not name.startswith(_BALANCER_COOKIES) for name in cookies)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
