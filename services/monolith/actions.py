"""POST /mysfits/{id}/{action}, for the actions that this deployment serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from quart import Quart, Response, request

from services.common import business, fulfill_key, idempotency
from services.common.change_docs import adopt_docs, like_docs, likes_docs
from services.common.mysfits import Like, MysfitStore
from services.common.openapi import Operation, documented
from services.common.persistence import UPDATED
from services.common.service_app import Held, json_response
from services.monolith.settings import GUARDED_PREFIX, MonolithSettings


@dataclass(frozen=True, kw_only=True)
class _Change:
    """One kind of change: how it is stored under its key, what it means to the business, and what is said of it."""

    write: Callable[[MysfitStore, str, str], Awaitable[None]]
    process: Callable[[str], None]
    docs: Callable[..., Operation]


async def _write_like(store: MysfitStore, mysfit_id: str, key: str) -> None:
    await store.like(Like(mysfit_id=mysfit_id, key=key))


async def _write_adoption(store: MysfitStore, mysfit_id: str, _: str) -> None:
    await store.adopt(mysfit_id)


_CHANGES: Final = {
    "like": _Change(write=_write_like, process=business.process_like, docs=like_docs),
    "adopt": _Change(write=_write_adoption, process=business.process_adoption, docs=adopt_docs),
}


def add_actions(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """Add a route for each of the settings' actions; the others stay unknown paths."""
    for action in settings.actions:
        view = _view(action, store, settings)
        app.add_url_rule(f"/mysfits/<mysfit_id:mysfit_id>/{action}", action, view, methods=["POST"])
    if f"{GUARDED_PREFIX}like" in settings.actions:
        _add_likes_in_groups(app, store, settings)


def _add_likes_in_groups(app: Quart, store: Held[MysfitStore], settings: MonolithSettings) -> None:
    """What ``fulfill-like`` does, for several likes of one mysfit at once."""

    @app.post(f"/mysfits/<mysfit_id:mysfit_id>/{GUARDED_PREFIX}likes")
    @documented(likes_docs())
    async def fulfill_likes(mysfit_id: str) -> Response:
        settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await store.value.like_all(mysfit_id, idempotency.keys_of_group())
        return json_response(UPDATED)


def _view(action: str, store: Held[MysfitStore], settings: MonolithSettings) -> Callable[[str], Awaitable[Response]]:
    """A ``fulfill-`` action wants a key and stores only; the service in front of it does the business step."""
    guarded = action.startswith(GUARDED_PREFIX)
    change = _CHANGES[action.removeprefix(GUARDED_PREFIX)]

    @documented(change.docs(guarded=guarded))
    async def view(mysfit_id: str) -> Response:
        if guarded:
            settings.fulfill_keys.check(request.headers.getlist(fulfill_key.HEADER))
        await change.write(store.value, mysfit_id, idempotency.key_of_request())
        if not guarded:
            change.process(mysfit_id)
        return json_response(UPDATED)

    return view
