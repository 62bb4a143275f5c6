"""Nobody but the tools of this machine's user: WSGI middleware in front of everything that moto serves.

A web page can send requests to any port of the machine that its reader sits at. So a call has to come by a name of this
machine, from no page of another origin, and signed with the keys of this start; nothing of moto sees any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from embedded.callers import from_another_page, names_this_machine
from embedded.refusals import Answer, forbidden, protocol_of, unverified
from embedded.sigv4 import Environ, UnverifiedError, Verifier

WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
BucketAllows = Callable[[str, str, str], bool]
"""Whether the CORS configuration of a bucket (name) lets a page (its origin) use a method."""

_MOTOS_OWN: Final = ("/moto-api", "/favicon.ico", "/latest/meta-data", "/latest/api")
"""moto's dashboard, its data and reset routes, and an instance metadata service for machines that are not there."""

_NOT_FOUND: Final = b"The embedded AWS has no such page.\n"


class Guard:
    """WSGI middleware around the AWS API. Safe in threads."""

    def __init__(self, app: WsgiApp, *, verifier: Verifier, bucket_allows: BucketAllows) -> None:
        self._app = app
        self._verifier = verifier
        self._bucket_allows = bucket_allows

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request, or refuse it."""
        if environ.get("PATH_INFO", "").startswith(_MOTOS_OWN):
            headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(_NOT_FOUND)))]
            return _send(start_response, Answer(status="404 Not Found", headers=headers, body=_NOT_FOUND))
        host = environ.get("HTTP_HOST", "")
        if not names_this_machine(host):
            message = f"The embedded AWS does not go by the name of {host[:100]!r}; call it by 127.0.0.1."
            return _send(start_response, forbidden(protocol_of(environ, service=""), message))
        foreign = from_another_page(
            host=host, origin=environ.get("HTTP_ORIGIN", ""), fetch_site=environ.get("HTTP_SEC_FETCH_SITE", "")
        )
        if foreign and not self._bucket_lets_in(environ):
            message = "The embedded AWS takes no calls from web pages; use a command line or an SDK."
            return _send(start_response, forbidden(protocol_of(environ, service=""), message))
        if not (foreign and _is_preflight(environ)):
            try:
                self._verifier.verify(environ)
            except UnverifiedError as problem:
                protocol = protocol_of(environ, service=problem.service)
                return _send(start_response, unverified(protocol, problem.reason))
        return self._app(environ, start_response if foreign else _without_cors(start_response))

    def _bucket_lets_in(self, environ: Environ) -> bool:
        """Whether this is for a bucket whose own CORS configuration lets the page in."""
        if "HTTP_X_AMZ_TARGET" in environ:
            return False
        bucket = environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            method = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
        return self._bucket_allows(bucket, environ.get("HTTP_ORIGIN", ""), method)


def _is_preflight(environ: Environ) -> bool:
    """Whether this is what browsers ask before a cross-origin call, which is never signed.

    With either of these headers moto would take it for a call to some service.
    """
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and "HTTP_AUTHORIZATION" not in environ
        and not environ.get("CONTENT_TYPE")
    )


def _without_cors(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """``start_response`` without the headers that would let pages read the answer."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, kept, *rest)

    return start


def _send(start_response: Callable[..., Any], answer: Answer) -> Iterable[bytes]:
    start_response(answer.status, answer.headers)
    return [answer.body]
