"""The changes that may leave the monolith: how each is stored, what it means to the business, how it is documented."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services.kit.logs import fields
from services.kit.openapi import Operation
from services.mysfits import routes
from services.mysfits.mysfits import Like, MysfitStore
from systems.service import Route

log = logging.getLogger(__name__)

UPDATED: Final = {"Update": "Success"}
"""What is answered when a change is stored; the workshop's words."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One kind of change to one mysfit.

    Attributes:
        route: by which visitors make it.
        facade_route: by which a service in front has the monolith store it.
        write: stores the change of a mysfit (id) under an Idempotency-Key.
        docs: what is said of its route.
        facade_docs: what is said of the route behind it, by which a service in front has it stored.
        processed: the business step, as in the workshop a line in the log.
        needs_ledger: whether its key has to be remembered, since making it twice would count twice.
    """

    route: Route
    facade_route: Route
    write: Callable[[MysfitStore, str, str], Awaitable[None]]
    docs: Operation
    facade_docs: Operation
    processed: str
    needs_ledger: bool

    @property
    def name(self) -> str:
        """Last part of its path."""
        return self.route.path.rpartition("/")[2]

    def process(self, mysfit_id: str) -> None:
        """Do the business step."""
        log.info(self.processed, extra=fields(mysfitId=mysfit_id))


async def _write_like(store: MysfitStore, mysfit_id: str, key: str) -> None:
    await store.like(Like(mysfit_id=mysfit_id, key=key))


async def _write_adoption(store: MysfitStore, mysfit_id: str, _: str) -> None:
    await store.adopt(mysfit_id)


def _docs(summary: str, description: str) -> Operation:
    return Operation(
        summary=summary,
        description=description,
        answers="Updated",
        parameters=("IdempotencyKey",),
        failures=(503,),
        with_key=True,
    )


_LIKE_RULE: Final = "Answered when the like is stored; counts once for each Idempotency-Key."
_ADOPT_RULE: Final = "Answered when it is stored. Adopting again changes nothing and is no mistake."

LIKE: Final = Change(
    route=routes.LIKE,
    facade_route=routes.FULFILL_LIKE,
    write=_write_like,
    docs=_docs("Like a mysfit.", _LIKE_RULE),
    facade_docs=_docs("Store a like for the service in front.", _LIKE_RULE),
    processed="Like processed.",
    needs_ledger=True,
)

ADOPT: Final = Change(
    route=routes.ADOPT,
    facade_route=routes.FULFILL_ADOPT,
    write=_write_adoption,
    docs=_docs("Adopt a mysfit.", _ADOPT_RULE),
    facade_docs=_docs("Store an adoption for the service in front.", _ADOPT_RULE),
    processed="Adoption processed.",
    needs_ledger=False,
)

CHANGES: Final = {change.name: change for change in (LIKE, ADOPT)}
"""Changes by name."""

LIKES_DOCS: Final = Operation(
    summary="Store several likes of one mysfit for the service in front.",
    description="Answered when all are stored; each counts once for its key. After a failure some may be stored.",
    answers="Updated",
    parameters=("IdempotencyKeys",),
    failures=(503,),
)
"""What is said of the facade's route for several likes."""
