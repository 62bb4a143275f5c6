"""The parts of a request's head that are looked at before any route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.kit.asgi import Scope

HEAD_LIMIT_BYTES: Final = 16 * 1024
"""Method, target and headers together. An ALB lets 64 KB through; nothing here needs a quarter of it."""

_SPELLING = re.compile(rb"/(?:[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)?")
_HOST = re.compile(
    rb"(?:(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,31}\.?)?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)
_WANTED: Final = {
    b"host": "host",
    b"x-request-id": "request_id",
    b"origin": "origin",
    b"access-control-request-method": "preflight_for",
    b"content-length": "content_length",
    b"transfer-encoding": "transfer_encoding",
    b"expect": "expect",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestHead:
    """One request's head: ``size_bytes`` as sent, about; header values None where absent."""

    method: str
    raw_path: bytes
    query_string: bytes
    size_bytes: int
    host: bytes | None = None
    request_id: bytes | None = None
    origin: bytes | None = None
    preflight_for: bytes | None = None
    content_length: bytes | None = None
    transfer_encoding: bytes | None = None
    expect: bytes | None = None

    @classmethod
    def of(cls, scope: Scope) -> RequestHead:
        """Pick the head out of an ASGI HTTP scope in one pass. Of a repeated header the first counts."""
        raw_path: bytes = scope["raw_path"]
        size_bytes = len(scope["method"]) + len(raw_path) + len(scope["query_string"]) + 12
        found: dict[str, bytes] = {}
        for name, value in scope["headers"]:
            size_bytes += len(name) + len(value) + 4
            if name in _WANTED:
                found.setdefault(_WANTED[name], value)
        return cls(
            method=scope["method"],
            raw_path=raw_path,
            query_string=scope["query_string"],
            size_bytes=size_bytes,
            **found,
        )

    @property
    def plainly_spelled(self) -> bool:
        """Whether the path as sent is in the one spelling that routes have.

        The router below would decode ``%61``, ``%2f`` and the like, and a load balancer may see such a path another
        way than we do; whoever spells it oddly reaches no handler at all.
        """
        return _SPELLING.fullmatch(self.raw_path) is not None

    @property
    def names_a_host(self) -> bool:
        """Whether Host, if it is there, is a name or an address with a port or without; the router below reads it."""
        return self.host is None or _HOST.fullmatch(self.host) is not None
