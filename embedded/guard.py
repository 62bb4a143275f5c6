"""Nobody but the tools of this machine's user: WSGI middleware in front of everything that moto serves.

A web page can send requests to any port of the machine that its reader sits at. So a call has to come by a name of this
machine, from no page of another origin, and signed with the keys of this start; nothing of moto sees any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from embedded.bucket_cors import Headers, permission
from embedded.callers import from_another_page, names_this_machine
from embedded.faults import WsgiApp
from embedded.refusals import Answer, forbidden, protocol_of, unverified
from embedded.sigv4 import Environ, UnverifiedError, Verifier

Buckets = Callable[[str], Any | None]
"""moto's record of a bucket by its name."""

_MOTOS_OWN: Final = ("/moto-api", "/favicon.ico", "/latest/meta-data", "/latest/api")
"""moto's dashboard, its data and reset routes, and an instance metadata service for machines that are not there."""

_NO_PAGE: Final = b"The embedded AWS has no such page.\n"
_NOT_FOUND: Final = Answer(
    status="404 Not Found",
    headers=[("Content-Type", "text/plain"), ("Content-Length", str(len(_NO_PAGE)))],
    body=_NO_PAGE,
)


class Guard:
    """WSGI middleware around the AWS API. Safe in threads."""

    def __init__(self, app: WsgiApp, *, verifier: Verifier, buckets: Buckets) -> None:
        self._app = app
        self._verifier = verifier
        self._buckets = buckets

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        if environ.get("PATH_INFO", "").startswith(_MOTOS_OWN):
            return _send(start_response, _NOT_FOUND)
        host = environ.get("HTTP_HOST", "")
        if not names_this_machine(host):
            message = f"The embedded AWS does not go by the name of {host[:100]!r}; call it by 127.0.0.1."
            return _send(start_response, forbidden(protocol_of(environ, service=""), message))
        cors: Headers = []
        if from_another_page(
            host=host, origin=environ.get("HTTP_ORIGIN", ""), fetch_site=environ.get("HTTP_SEC_FETCH_SITE", "")
        ):
            allowed = self._allowed_by_bucket(environ)
            if allowed is None:
                message = "The embedded AWS takes no calls from web pages; use a command line or an SDK."
                return _send(start_response, forbidden(protocol_of(environ, service=""), message))
            if environ["REQUEST_METHOD"] == "OPTIONS":  # a preflight, which browsers never sign
                return _send(start_response, Answer(status="200 OK", headers=[*allowed, ("Content-Length", "0")]))
            cors = allowed
        try:
            self._verifier.verify(environ)
        except UnverifiedError as problem:
            return _send(start_response, unverified(protocol_of(environ, service=problem.service), problem.reason))
        return self._app(environ, _with_cors(start_response, cors))

    def _allowed_by_bucket(self, environ: Environ) -> Headers | None:
        """The CORS headers for a page's request to a bucket whose own configuration lets it in."""
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            method = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
        return permission(
            self._buckets(environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]),
            origin=environ.get("HTTP_ORIGIN", ""),
            method=method,
            asked_headers=environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""),
        )


def _with_cors(start_response: Callable[..., Any], cors: Headers) -> Callable[..., Any]:
    """``start_response`` with these CORS headers and none of moto's own."""

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, kept + cors, *rest)

    return start


def _send(start_response: Callable[..., Any], answer: Answer) -> Iterable[bytes]:
    start_response(answer.status, answer.headers)
    return [answer.body]
