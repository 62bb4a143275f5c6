"""The like service's application."""

from __future__ import annotations

from functools import partial

from quart import Quart, Response

from services.common import business, idempotency
from services.common.api_docs import add_api_docs
from services.common.change_docs import like_docs
from services.common.lifecycle import Lifecycle
from services.common.like_forwarding import LikeForwarding
from services.common.mysfits import Like, MysfitStore
from services.common.openapi import documented
from services.common.persistence import Persist, add_persistence_errors, open_persistence
from services.common.service_app import Held, service_app
from services.like.settings import LikeSettings


def create_app(settings: LikeSettings, lifecycle: Lifecycle | None = None) -> Quart:
    """Wire the like service."""
    app = service_app(service="like", site_origins=settings.server.site_origins, lifecycle=lifecycle or Lifecycle())
    add_persistence_errors(app)
    persist: Held[Persist] = Held(
        app,
        partial(
            open_persistence,
            settings.persistence,
            forward=lambda facade: LikeForwarding(facade).like,
            write=_write,
            metrics=app.metrics,
        ),
    )

    @app.post("/mysfits/<mysfit_id:mysfit_id>/like")
    @documented(like_docs())
    async def like(mysfit_id: str) -> Response:
        answer = await persist.value(mysfit_id, idempotency.key_of_request())
        if answer.status_code == 200:
            business.process_like(mysfit_id)
        return answer

    add_api_docs(app, title="Like service")
    return app


async def _write(store: MysfitStore, mysfit_id: str, key: str) -> None:
    await store.like(Like(mysfit_id=mysfit_id, key=key))
