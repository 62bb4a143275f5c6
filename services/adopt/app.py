"""The adoption service's application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from quart import Quart, Response

from services.adopt.settings import AdoptSettings
from services.common import business, idempotency
from services.common.api_docs import add_api_docs
from services.common.change_docs import adopt_docs
from services.common.facade import FacadeAnswer, MonolithFacade
from services.common.lifecycle import Lifecycle
from services.common.mysfits import MysfitStore
from services.common.openapi import documented
from services.common.persistence import Persist, add_persistence_errors, open_persistence
from services.common.service_app import Held, service_app


def create_app(settings: AdoptSettings, lifecycle: Lifecycle | None = None) -> Quart:
    """Wire the adoption service."""
    app = service_app(service="adopt", site_origins=settings.server.site_origins, lifecycle=lifecycle or Lifecycle())
    add_persistence_errors(app)
    persist: Held[Persist] = Held(
        app,
        partial(
            open_persistence,
            settings.persistence,
            forward=_forward,
            write=_write,
            metrics=app.metrics,
        ),
    )

    @app.post("/mysfits/<mysfit_id:mysfit_id>/adopt")
    @documented(adopt_docs())
    async def adopt(mysfit_id: str) -> Response:
        answer = await persist.value(mysfit_id, idempotency.key_of_request())
        if answer.status_code == 200:
            business.process_adoption(mysfit_id)
        return answer

    add_api_docs(app, title="Adoption service")
    return app


def _forward(facade: MonolithFacade) -> Callable[[str, str], Awaitable[FacadeAnswer]]:
    return lambda mysfit_id, key: facade.fulfill(mysfit_id, "fulfill-adopt", key=key)


async def _write(store: MysfitStore, mysfit_id: str, _: str) -> None:
    # Adopting twice is adopting once, so the key need not be remembered.
    await store.adopt(mysfit_id)
