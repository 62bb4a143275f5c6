"""A service with the one route of a change that left the monolith."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from quart import Response

from services.facade.api import FACADE_API
from services.facade.persistence import (
    Forward,
    Persist,
    PersistenceSettings,
    add_persistence_errors,
    open_persistence,
    read_persistence,
)
from services.kit import idempotency
from services.kit.api_docs import add_api_docs
from services.kit.environment import EnvironmentReader
from services.kit.lifecycle import Lifecycle
from services.kit.openapi import documented
from services.kit.routing import rule_of
from services.kit.server_settings import ServerSettings
from services.kit.service_app import Held, ServiceApp, service_app
from services.mysfits.changes import Change


@dataclass(frozen=True, kw_only=True)
class ChangeServiceSettings:
    """How to serve, and who stores the changes."""

    server: ServerSettings
    persistence: PersistenceSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, change: Change) -> ChangeServiceSettings:
        """Read what ServerSettings reads; then MONOLITH_URL and FULFILL_KEY, or what StoreSettings reads.

        Raises:
            SettingsError: with every problem.
        """
        reader = EnvironmentReader(environ)
        settings = cls(
            server=ServerSettings.read(reader), persistence=read_persistence(reader, ledger=change.needs_ledger)
        )
        reader.finish()
        return settings


def change_service(
    settings: ChangeServiceSettings, lifecycle: Lifecycle | None = None, *, change: Change, forward: Forward, title: str
) -> ServiceApp:
    """Wire the service of ``change``; ``forward`` has it stored by the monolith.

    Returns:
        An application that serves the change's route.
    """
    app = service_app(
        service=change.name,
        api=FACADE_API,
        site_origins=settings.server.site_origins,
        lifecycle=lifecycle or Lifecycle(),
        shadow=settings.server.shadow,
    )
    add_persistence_errors(app)
    opened = partial(open_persistence, settings.persistence, forward=forward, write=change.write, metrics=app.metrics)
    persist: Held[Persist] = Held(app, opened)

    @app.route(rule_of(change.route), endpoint=change.name, methods=[change.route.method])
    @documented(change.docs)
    async def serve(mysfit_id: str) -> Response:
        answer = await persist.value(mysfit_id, idempotency.key_of_request())
        if answer.status_code == 200:
            change.process(mysfit_id)
        return answer

    add_api_docs(app, title=title)
    return app
