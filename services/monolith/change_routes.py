"""POST /mysfits/{id}/{name}, for the names of changes that this deployment serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Quart, Response, request

from services.facade import fulfill_key, key_groups
from services.facade.api import guarded_docs
from services.kit import idempotency
from services.kit.openapi import documented
from services.kit.routing import rule_of
from services.kit.service_app import Held, json_response
from services.monolith.settings import MonolithSettings
from services.mysfits.changes import CHANGES, LIKE, LIKES_DOCS, UPDATED, Change
from services.mysfits.mysfits import MysfitStore
from services.mysfits.routes import FACADE_PREFIX, FULFILL_LIKES


def add_change_routes(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """Add each of the settings' routes; the others stay unknown paths."""
    for name in settings.routes:
        guarded, change = _parse(name)
        route = change.facade_route if guarded else change.route
        view = _view(change, store, settings, guarded=guarded)
        app.add_url_rule(rule_of(route), name, view, methods=[route.method])
    if f"{FACADE_PREFIX}{LIKE.name}" in settings.routes:
        _add_likes_in_groups(app, store, settings)


def _add_likes_in_groups(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """What ``fulfill-like`` does, for several likes of one mysfit at once."""

    @app.route(rule_of(FULFILL_LIKES), methods=[FULFILL_LIKES.method])
    @documented(guarded_docs(LIKES_DOCS))
    async def fulfill_likes(mysfit_id: str) -> Response:
        settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await store.value.like_all(mysfit_id, key_groups.keys_of_request())
        return json_response(UPDATED)


def _parse(name: str) -> tuple[bool, Change]:
    """Whether a route is one of the facade, and the change that it makes."""
    return name.startswith(FACADE_PREFIX), CHANGES[name.removeprefix(FACADE_PREFIX)]


def _view(
    change: Change, store: Held[MysfitStore], settings: MonolithSettings, *, guarded: bool
) -> Callable[[str], Awaitable[Response]]:
    """A ``fulfill-`` route wants a key and stores only; the service in front of it does the business step."""

    @documented(guarded_docs(change.facade_docs) if guarded else change.docs)
    async def view(mysfit_id: str) -> Response:
        if guarded:
            settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await change.write(store.value, mysfit_id, idempotency.key_of_request())
        if not guarded:
            change.process(mysfit_id)
        return json_response(UPDATED)

    return view
