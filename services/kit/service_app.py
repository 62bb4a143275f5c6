"""The Quart application every service starts from."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, Generic, TypeVar, cast

from quart import Quart, Response, current_app, request
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RoutingException

from services.kit import idempotency
from services.kit.api import Api
from services.kit.asgi import AsgiApp
from services.kit.edge import Edge
from services.kit.lean_connection import LeanConnection, RouteMemory
from services.kit.lifecycle import Lifecycle
from services.kit.metrics import Metrics
from services.kit.openapi import Operation, documented, public_path
from services.kit.problems import MEDIA_TYPE, Problem, unavailable
from services.kit.shadow import Shadow
from services.kit.shadow_calls import ShadowCalls, ShadowSettings, open_preview

T = TypeVar("T")

log = logging.getLogger(__name__)

_HEALTH: Final = frozenset({"alive", "ready"})
"""Endpoints of the load balancer's and nobody else's routes."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


class ServiceApp(Quart):
    """A Quart that serves JSON only, in exactly one spelling of each path.

    Attributes:
        api: what the domain says of it.
        metrics: what happens in this process; whoever makes it happen notes it.
    """

    asgi_http_class = LeanConnection  # type: ignore[assignment]  # typed by another server's names of ASGI's shapes

    def __init__(self, service: str, api: Api) -> None:
        super().__init__(service, static_folder=None)
        self.api = api
        self.metrics = Metrics(namespace=api.namespace, counts=api.counts, measures=api.measures)
        self.url_map.converters.update(api.converters)
        self.url_map.merge_slashes = False
        self._routes = RouteMemory(self.url_map)

    def create_url_adapter(self, request: BaseRequestWebsocket | None) -> MapAdapter | None:
        """See Quart."""
        return super().create_url_adapter(None) if request is None else self._routes.adapter(request)

    def public_route(self, method: str, path: str) -> str | None:
        """Name of the public route, such as ``GET /orders/{order_id}``; None for health, docs, guarded or no routes."""
        if method in ("HEAD", "OPTIONS"):
            return None
        try:
            rule, _ = self._routes.find(method, path)
        except (HTTPException, RoutingException):
            return None
        public = None if rule.endpoint in _HEALTH else public_path(self, rule)
        return None if public is None else f"{method} {public}"


class Held(Generic[T]):
    """Something that lives as long as the application serves, such as a client with its connection pool."""

    def __init__(self, app: Quart, open_it: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self._value: T | None = None
        self._open = open_it
        app.while_serving(self._hold)

    async def _hold(self) -> AsyncGenerator[None, None]:
        async with self._open() as self._value:
            yield
        self._value = None

    @property
    def value(self) -> T:
        """The thing itself; only while the application serves."""
        if self._value is None:
            raise RuntimeError("The application is not serving yet; start it (lifespan) before sending requests.")
        return self._value


def service_app(
    *,
    service: str,
    api: Api,
    site_origins: Iterable[str],
    lifecycle: Lifecycle,
    shadow: ShadowSettings | None = None,
) -> ServiceApp:
    """An application with health, problem JSON, the API's path arguments and the edge.

    ``shadow`` says which requests go to the new side too.

    Returns:
        An application whose routes are the caller's to add.
    """
    app = ServiceApp(service, api)
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _http_exception)
    app.after_request(idempotency.carry_back)
    _add_health(app, service, lifecycle)
    app.while_serving(app.metrics.while_serving)
    inner = cast(AsgiApp, app.asgi_app)
    edge = Edge(
        inner if shadow is None else _shadowed(inner, app, service, shadow),
        service=service,
        not_found=api.not_found,
        site_origins=site_origins,
        exposed=api.all_headers,
        lifecycle=lifecycle,
        metrics=app.metrics,
    )
    app.asgi_app = edge  # type: ignore[method-assign, assignment]  # the way Quart documents for middleware
    return app


def _shadowed(inner: AsgiApp, app: ServiceApp, service: str, settings: ShadowSettings) -> Shadow:
    identity = f"{service}:{settings.revision}"
    calls = ShadowCalls(partial(open_preview, settings, sender=identity))
    app.while_serving(calls.while_serving)
    return Shadow(inner, route_of=app.public_route, calls=calls, identity=identity, percent=settings.percent)


def json_response(payload: object, *, status: int = 200) -> Response:
    """``payload`` as a JSON answer."""
    return json_bytes_response(encode_json(payload), status=status)


def encode_json(payload: object) -> bytes:
    """``payload`` as the bytes of a JSON answer."""
    return _ENCODER.encode(payload).encode()


def json_bytes_response(body: bytes, *, status: int = 200) -> Response:
    """What ``encode_json`` made, as an answer."""
    return Response(body, status, content_type="application/json")


def _add_health(app: Quart, service: str, lifecycle: Lifecycle) -> None:
    @app.get("/")
    @documented(Operation(summary="Whether the process lives.", answers="Status"))
    async def alive() -> Response:
        return json_response({"service": service, "status": "ok"})

    @app.get("/ready")
    @documented(Operation(summary="Whether new requests are welcome.", answers="Status", failures=(503,)))
    async def ready() -> Response:
        if lifecycle.draining:
            raise unavailable("This task is being stopped; another one serves.")
        return json_response({"service": service, "status": "ready"})


async def problem_response(problem: Problem) -> Response:
    """``problem`` as an answer; error handlers return it, for what they raise would become a 500."""
    return Response(problem.body(), problem.status, dict(problem.headers), content_type=MEDIA_TYPE)


async def _http_exception(error: HTTPException) -> Response:
    """What the framework itself refuses, as a problem."""
    status = error.code or 500
    if status == 404:
        return await problem_response(Problem(404, cast(ServiceApp, current_app).api.not_found))
    headers: dict[str, str] = {}
    detail = error.description or ""
    if status == 405:
        allow = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        detail = f"{request.method} is not served at this path; use {allow}."
        headers["Allow"] = allow
    elif status >= 500:
        detail = "The service failed to handle this request; the log has the reason under this request id."
    return await problem_response(Problem(status, detail, headers=headers))
