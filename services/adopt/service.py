"""The declaration of the adoption service."""

from __future__ import annotations

from typing import Final

from services.image import image
from services.mysfits import routes
from systems.service import FacadeKey, Grant, Service, Supplied, TableName

SERVICE: Final = Service(
    name="adopt",
    image=image("adopt"),
    routes=(routes.ADOPT,),
    facade_routes=(routes.FULFILL_ADOPT,),
    whole_paths=True,  # its path has no other method, and a preflight or a 405 should come from who serves it
    environment={"SITE_ORIGIN": Supplied.SITE_ORIGINS},
    facade_environment={"MONOLITH_URL": Supplied.FACADE},
    facade_secrets={"FULFILL_KEY": FacadeKey.CURRENT},
    own_environment={"DDB_TABLE_NAME": TableName(table="mysfits")},
    grants=(Grant(name="UpdateMysfits", table="mysfits", operations=("UpdateItem",)),),
    can_shadow=True,
)
