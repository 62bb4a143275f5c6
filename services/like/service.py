"""The declaration of the like service."""

from __future__ import annotations

from typing import Final

from services.image import image
from services.mysfits import routes
from systems.scaling import Scaling
from systems.service import FacadeKey, Grant, Service, Supplied, TableName

SERVICE: Final = Service(
    name="like",
    image=image("like"),
    routes=(routes.LIKE,),
    facade_routes=(routes.FULFILL_LIKE, routes.FULFILL_LIKES),
    whole_paths=True,  # its path has no other method, and a preflight or a 405 should come from who serves it
    environment={"SITE_ORIGIN": Supplied.SITE_ORIGINS},
    facade_environment={"MONOLITH_URL": Supplied.FACADE},
    facade_secrets={"FULFILL_KEY": FacadeKey.CURRENT},
    own_environment={
        "DDB_TABLE_NAME": TableName(table="mysfits"),
        "LEDGER_TABLE_NAME": TableName(table="ledger"),
    },
    grants=(
        Grant(name="UpdateMysfits", table="mysfits", operations=("UpdateItem",)),
        # TransactWriteItems has no action of its own: it needs those of what it does.
        Grant(name="EnterLikes", table="ledger", operations=("PutItem",)),
    ),
    can_shadow=True,
    # Twelve a second for each task: a quarter of a processor bears that, and a usual rehearsal sends less.
    scaling=Scaling(least=2, most=8, requests_per_minute=720),
)
