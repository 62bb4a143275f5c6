"""Cross-origin access for the website's origins and nobody else: to read answers, and to have anything changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.kit import idempotency, request_ids
from services.kit.request_head import RequestHead

Headers = list[tuple[bytes, bytes]]

_ALLOWED: Final = f"Content-Type, {idempotency.HEADER}, {request_ids.HEADER}".encode("ascii")
_PREFLIGHT_SECONDS: Final = b"600"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Cors:
    """Lets pages of ``site_origins`` in and no others; tools, which have no origin, are not its business.

    ``exposed`` are the headers of answers that these pages may read.
    """

    def __init__(self, site_origins: Iterable[str], *, exposed: Iterable[str]) -> None:
        self._origins = frozenset(origin.encode("ascii") for origin in site_origins)
        self._exposed = ", ".join(exposed).encode("ascii")

    def refuses(self, head: RequestHead) -> bool:
        """Whether a page of another origin asks for a change.

        Without CORS headers it could not read the answer, but a POST as plain as ours is sent without asking first.
        """
        return head.method not in _SAFE and head.origin is not None and head.origin not in self._origins

    def headers(self, head: RequestHead, *, status: int, allow: bytes | None) -> Headers:
        """CORS headers of the answer to ``head``; ``allow`` is the answer's Allow header."""
        if not self._origins:
            return []
        # Caches must not give one origin's answer to another.
        headers = [(b"vary", b"Origin")]
        if head.origin is None or head.origin not in self._origins:
            return headers
        headers += [(b"access-control-allow-origin", head.origin), (b"access-control-expose-headers", self._exposed)]
        if head.method == "OPTIONS" and head.preflight_for is not None and status < 300 and allow is not None:
            headers += [
                (b"access-control-allow-methods", allow),
                (b"access-control-allow-headers", _ALLOWED),
                (b"access-control-max-age", _PREFLIGHT_SECONDS),
            ]
        return headers
