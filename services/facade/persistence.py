"""How a service that was cut out of the monolith gets its changes stored: by the monolith's facade, or by itself.

Which of the two is said by the environment, so one image serves every stage: MONOLITH_URL names the facade's load
balancer, DDB_TABLE_NAME the table of a service that persists by itself, and exactly one of them is set.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from quart import Quart, Response

from services.facade.monolith_facade import (
    FacadeAnswer,
    FacadeSettings,
    MonolithFacade,
    MonolithUnavailableError,
    open_facade,
)
from services.kit.environment import EnvironmentReader
from services.kit.metrics import Metrics
from services.kit.problems import Problem, unavailable
from services.kit.service_app import json_response, problem_response
from services.mysfits.api import UNKNOWN_MYSFIT
from services.mysfits.changes import UPDATED
from services.mysfits.dynamodb_store import open_dynamodb_store
from services.mysfits.mysfits import MysfitStore, StoreUnavailableError, UnknownMysfitError
from services.mysfits.store_settings import StoreSettings

FULFILLED_BY: Final = "X-Fulfilled-By"
"""Header of an answer: the service behind that stored the change, if it was another."""

Persist = Callable[[str, str], Awaitable[Response]]
"""Stores the change of one mysfit (id) under an Idempotency-Key and gives the answer for the client."""

Write = Callable[[MysfitStore, str, str], Awaitable[None]]
"""The same, on a store."""

Forward = Callable[[MonolithFacade], Callable[[str, str], Awaitable[FacadeAnswer]]]
"""The same through the monolith: what is called with a mysfit's id and an Idempotency-Key."""

PersistenceSettings = FacadeSettings | StoreSettings


def read_persistence(reader: EnvironmentReader, *, ledger: bool) -> PersistenceSettings:
    """Read the variables of the one way that is set; ``ledger`` says whether a store needs LEDGER_TABLE_NAME."""
    facade, store = reader.is_set("MONOLITH_URL"), reader.is_set("DDB_TABLE_NAME")
    if facade == store:
        both = "are both set; unset" if facade else "are both unset; set"
        reader.problems.append(
            f"MONOLITH_URL and DDB_TABLE_NAME {both} one of them: MONOLITH_URL when the monolith stores, "
            "DDB_TABLE_NAME when this service does."
        )
        return FacadeSettings(monolith_url="", fulfill_key="")
    return StoreSettings.read(reader, ledger=ledger) if store else FacadeSettings.read(reader)


@asynccontextmanager
async def open_persistence(
    settings: PersistenceSettings, *, forward: Forward, write: Write, metrics: Metrics
) -> AsyncIterator[Persist]:
    """A way to store, as long as the context lasts: ``write`` on a store, or what ``forward`` makes of the facade."""
    if isinstance(settings, StoreSettings):
        async with open_dynamodb_store(settings, metrics=metrics) as store:

            async def store_it(mysfit_id: str, key: str) -> Response:
                await write(store, mysfit_id, key)
                return json_response(UPDATED)

            yield store_it
    else:
        async with open_facade(settings) as facade:
            fulfill = forward(facade)

            async def pass_it_on(mysfit_id: str, key: str) -> Response:
                answer = await fulfill(mysfit_id, key)
                response = Response(answer.body, answer.status, content_type=answer.content_type)
                if answer.served_by:
                    response.headers[FULFILLED_BY] = answer.served_by
                return response

            yield pass_it_on


def add_persistence_errors(app: Quart) -> None:
    """Answer what a store or the facade raises."""

    async def unknown(error: UnknownMysfitError) -> Response:
        return await problem_response(Problem(404, str(error), type_uri=UNKNOWN_MYSFIT))

    async def store_away(error: StoreUnavailableError) -> Response:
        return await problem_response(unavailable(str(error)))

    async def monolith_away(error: MonolithUnavailableError) -> Response:
        return await problem_response(unavailable(str(error), retry_after_seconds=error.retry_after_seconds))

    app.register_error_handler(UnknownMysfitError, unknown)
    app.register_error_handler(StoreUnavailableError, store_away)
    app.register_error_handler(MonolithUnavailableError, monolith_away)
