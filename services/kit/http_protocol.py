"""Uvicorn's HTTP/1.1 protocol with a bound on what a request's head may take in memory, and problem JSON."""

from __future__ import annotations

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.kit.problems import MEDIA_TYPE, Problem
from services.kit.request_head import HEAD_LIMIT_BYTES


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a head that does not end; uvicorn would collect it for as long as it comes.

    The exact limit is the edge's. Here only whole reads are counted that lie between the begin and the end of one
    head, so nothing is refused wrongly, and at most one read (256 KiB) above the limit is kept.
    """

    _heads_begun = 0
    _heads_complete = 0
    _in_head = False
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """Parser: a request begins."""
        super().on_message_begin()
        self._heads_begun += 1
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """Parser: the head is complete."""
        self._in_head = False
        self._heads_complete = self._heads_begun
        if b"#" in self.url or not self.url.startswith((b"/", b"*")):
            # A fragment, or a whole URL as clients of proxies send it: below, both would be cut down to the path, and a
            # load balancer that matches the target as sent would have seen another one. The parser makes this a 400.
            raise ValueError("the target is not just a path and a query string")
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Transport: bytes came in."""
        within, began = self._in_head, self._heads_begun
        super().data_received(data)
        if within and self._in_head and began == self._heads_begun:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
                self._refuse(Problem(431, f"Target and headers are larger than {HEAD_LIMIT_BYTES} bytes; send fewer."))

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP."""
        self._refuse(Problem(400, msg))

    def _refuse(self, problem: Problem) -> None:
        if self._owes_nothing_else():
            body = problem.body()
            head = (
                f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
                f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _owes_nothing_else(self) -> bool:
        """Whether the next answer on this connection is the refused request's and not one for a request before it."""
        if self.cycle is None or self.cycle.response_complete:
            return True
        own = self._heads_complete == self._heads_begun and not self.pipeline
        return own and not self.cycle.response_started
