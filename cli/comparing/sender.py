"""Sending recorded requests through the load balancer to either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import urllib3

from cli.comparing.exchange import Answer, Request
from cli.comparing.rounds import WORKERS
from systems.rules import Side

TIMEOUT_SECONDS: Final = 5.0


class Sender:
    """A ``rounds.Ask``.

    Args:
        url: of the load balancer, such as ``http://localhost:8080``.
        header_of: the header that leads to a side.
        key_header: by which the system knows a repetition of a write; None: it has none.
        timeout_seconds: for the whole answer.
    """

    def __init__(
        self,
        url: str,
        header_of: Callable[[Side], Mapping[str, str]],
        *,
        key_header: str | None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._url = url
        self._header_of = header_of
        self._key_header = key_header
        self._timeout = timeout_seconds
        self._pool = urllib3.PoolManager(maxsize=WORKERS, timeout=urllib3.Timeout(timeout_seconds), retries=False)

    def __call__(self, request: Request, side: Side, *, key: str) -> Answer:
        """Send it once; no redirect is followed."""
        headers = {**request.headers, "Accept-Encoding": "identity", **self._header_of(side)}
        if key and self._key_header is not None:
            headers[self._key_header] = key
        try:
            answer = self._pool.request(
                request.method, self._url + request.path, headers=headers, body=request.body or None, redirect=False
            )
        except urllib3.exceptions.HTTPError as problem:
            return Answer(problem=self._reason(problem))
        return Answer(
            status=answer.status,
            content_type=answer.headers.get("Content-Type", ""),
            location=answer.headers.get("Location", ""),
            body=answer.data,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def _reason(self, problem: Exception) -> str:
        """In words that are the same each time: no ports, no addresses of objects."""
        match problem:
            case urllib3.exceptions.NewConnectionError():  # which urllib3 counts among the timeouts
                return "none: no connection"
            case urllib3.exceptions.TimeoutError():
                return f"none within {self._timeout:g} s"
            case urllib3.exceptions.ProtocolError():
                return "none: the connection was closed"
            case _:
                return f"none: {type(problem).__name__}"
