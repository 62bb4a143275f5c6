"""The declaration of the monolith."""

from __future__ import annotations

from typing import Final

from services.image import image
from services.mysfits import routes
from systems.service import FacadeKey, Grant, Service, Supplied, TableName

SERVICE: Final = Service(
    name="monolith",
    image=image("monolith"),
    routes=(routes.LIST, routes.PROFILE),
    environment={
        "DDB_TABLE_NAME": TableName(table="mysfits"),
        "LEDGER_TABLE_NAME": TableName(table="ledger"),
        "MYSFIT_ACTIONS": Supplied.MONOLITH_ROUTES,
        "SITE_ORIGIN": Supplied.SITE_ORIGINS,
    },
    # Both keys are accepted while one is replaced by the other.
    secrets={"FULFILL_KEYS": FacadeKey.CURRENT, "FULFILL_KEYS_OTHER": FacadeKey.OTHER},
    grants=(
        Grant(name="ReadAndUpdateMysfits", table="mysfits", operations=("GetItem", "Scan", "UpdateItem")),
        Grant(name="ListByAxis", table="mysfits", operations=("Query",), indexes=("GoodEvilIndex", "LawChaosIndex")),
        # TransactWriteItems has no action of its own: it needs those of what it does.
        Grant(name="EnterLikes", table="ledger", operations=("PutItem",)),
    ),
    can_shadow=True,
)
