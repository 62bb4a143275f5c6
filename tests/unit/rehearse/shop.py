"""A small system to rehearse: a placeholder, the whole monolith, and orders on their own."""

from __future__ import annotations

from typing import Final

from systems.service import Image, Mode, Route, Service
from systems.stage import Stage
from systems.system import System
from systems.table import Table

_IMAGE: Final = Image(dockerfile="Dockerfile", context=("app.py",))


SHOP: Final = System(
    name="shop",
    title="Shop",
    monolith=Service(name="web", image=_IMAGE),
    services=(Service(name="orders", image=_IMAGE, routes=(Route(method="POST", path="/orders"),)),),
    stages=(
        Stage(name="placeholder", means="NGINX", placeholder=True),
        Stage(name="whole", means="all in one"),
        Stage(name="carved", means="orders leave", services={"orders": Mode.OWN}),
    ),
    default_stage="carved",
    tables=(Table(name="orders", address="orders", hash_key="Id", attributes={"Id": "S"}),),
)
