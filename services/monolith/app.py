"""The monolith's application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

from services.facade.api import FACADE_API
from services.facade.persistence import add_persistence_errors
from services.kit.api_docs import add_api_docs
from services.kit.lifecycle import Lifecycle
from services.kit.service_app import Held, ServiceApp, service_app
from services.monolith.change_routes import add_change_routes
from services.monolith.reads import add_reads
from services.monolith.settings import MonolithSettings
from services.mysfits.dynamodb_store import open_dynamodb_store
from services.mysfits.mysfits import MysfitStore

OpenStore = Callable[[], AbstractAsyncContextManager[MysfitStore]]


def create_app(
    settings: MonolithSettings, lifecycle: Lifecycle | None = None, *, open_store: OpenStore | None = None
) -> ServiceApp:
    """Wire the monolith; ``open_store`` replaces the DynamoDB store."""
    app = service_app(
        service="monolith",
        api=FACADE_API,
        site_origins=settings.server.site_origins,
        lifecycle=lifecycle or Lifecycle(),
        shadow=settings.server.shadow,
    )
    store: Held[MysfitStore] = Held(
        app, open_store or partial(open_dynamodb_store, settings.store, metrics=app.metrics)
    )
    add_persistence_errors(app)
    add_reads(app, store)
    add_change_routes(app, store, settings)
    add_api_docs(app, title="Mysfits")
    return app


read_settings = MonolithSettings.from_environ
