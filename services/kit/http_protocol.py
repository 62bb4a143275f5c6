"""Uvicorn's HTTP/1.1 protocol that takes only a path and a query string as target, and answers in problem JSON."""

from __future__ import annotations

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.kit.problems import MEDIA_TYPE, Problem


class PlainTargetProtocol(HttpToolsProtocol):
    """Refuses targets that the load balancer would match in another way than the routes do."""

    def on_headers_complete(self) -> None:
        """Parser: the head is complete."""
        if b"#" in self.url or not self.url.startswith((b"/", b"*")):
            # A fragment, or a whole URL as clients of proxies send it: below, both would be cut down to the path, and a
            # load balancer that matches the target as sent would have seen another one. The parser makes this a 400.
            raise ValueError("the target is not just a path and a query string")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP, unless that would be taken for the answer to a request before them."""
        if self._owes_nothing_else():
            problem = Problem(400, msg)
            body = problem.body()
            head = (
                f"HTTP/1.1 400 {HTTPStatus.BAD_REQUEST.phrase}\r\n"
                f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _owes_nothing_else(self) -> bool:
        """Whether the next answer on this connection is that of the bytes which are not HTTP."""
        if self.cycle is None or self.cycle.response_complete:
            return True
        in_its_body = self.cycle.more_body and not self.pipeline
        return in_its_body and not self.cycle.response_started
