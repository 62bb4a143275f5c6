"""POST /mysfits/{id}/{action}, for the actions that this deployment serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from quart import Quart, Response, request

from services.facade import fulfill_key, key_groups
from services.facade.api import guarded_docs
from services.facade.fulfill_key import GUARDED_PREFIX
from services.kit import idempotency
from services.kit.openapi import documented
from services.kit.service_app import Held, json_response
from services.monolith.settings import MonolithSettings
from services.mysfits.changes import CHANGES, LIKE, LIKES_DOCS, UPDATED
from services.mysfits.mysfits import MysfitStore


def add_actions(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """Add a route for each of the settings' actions; the others stay unknown paths."""
    for action in settings.actions:
        view = _view(action, store, settings)
        app.add_url_rule(f"/mysfits/<mysfit_id:mysfit_id>/{action}", action, view, methods=["POST"])
    if f"{GUARDED_PREFIX}{LIKE.name}" in settings.actions:
        _add_likes_in_groups(app, store, settings)


def _add_likes_in_groups(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """What ``fulfill-like`` does, for several likes of one mysfit at once."""

    @app.post(f"/mysfits/<mysfit_id:mysfit_id>/{GUARDED_PREFIX}likes")
    @documented(guarded_docs(LIKES_DOCS))
    async def fulfill_likes(mysfit_id: str) -> Response:
        settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await store.value.like_all(mysfit_id, key_groups.keys_of_request())
        return json_response(UPDATED)


def _view(action: str, store: Held[MysfitStore], settings: MonolithSettings) -> Callable[[str], Awaitable[Response]]:
    """A ``fulfill-`` action wants a key and stores only; the service in front of it does the business step."""
    guarded = action.startswith(GUARDED_PREFIX)
    change = CHANGES[action.removeprefix(GUARDED_PREFIX)]

    @documented(guarded_docs(change.facade_docs) if guarded else change.docs)
    async def view(mysfit_id: str) -> Response:
        if guarded:
            settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await change.write(store.value, mysfit_id, idempotency.key_of_request())
        if not guarded:
            change.process(mysfit_id)
        return json_response(UPDATED)

    return view
