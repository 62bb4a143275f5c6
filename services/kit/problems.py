"""Errors as problem details (RFC 9457): one exception, one JSON shape, for services and the server below them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from services.kit import request_ids
from services.kit.asgi import Send

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """An answer other than success, raised by handlers.

    Args:
        status: HTTP status.
        detail: what is wrong with this request and what to do next.
        type_uri: kind of problem, for programs.
        headers: more headers for the answer.
    """

    def __init__(
        self, status: int, detail: str, *, type_uri: str = "about:blank", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.type_uri = type_uri
        self.headers: Mapping[str, str] = headers or {}

    def body(self) -> bytes:
        """The problem as JSON, with the current request's id as extension member ``requestId``."""
        members = {
            "type": self.type_uri,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if request_id := request_ids.current():
            members["requestId"] = request_id
        return json.dumps(members).encode()


def unavailable(detail: str, *, retry_after_seconds: int = 1) -> Problem:
    """The 503 for something this service needs and cannot reach."""
    return Problem(503, detail, headers={"Retry-After": str(retry_after_seconds)})


async def send_problem(problem: Problem, send: Send) -> None:
    """Answer an ASGI request with ``problem``."""
    body = problem.body()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
