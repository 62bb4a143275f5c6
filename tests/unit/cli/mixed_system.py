"""A system whose services do not move together: one has its data while another is still behind the facade."""

from __future__ import annotations

from typing import Final

from systems.service import Image, Mode, Route, Service, Supplied
from systems.stage import Stage
from systems.system import Facade, System

_IMAGE: Final = Image(dockerfile="Dockerfile", context=("app.py",))


def _service(name: str) -> Service:
    return Service(
        name=name,
        image=_IMAGE,
        routes=(Route(method="POST", path=f"/things/{{id}}/{name}"),),
        facade_routes=(Route(method="POST", path=f"/things/{{id}}/inner-{name}"),),
    )


MIXED: Final = System(
    name="things",
    title="Things",
    monolith=Service(name="monolith", image=_IMAGE, environment={"SERVES": Supplied.MONOLITH_ROUTES}),
    services=(_service("buy"), _service("sell"), _service("rent")),
    stages=(
        Stage(name="placeholder", means="NGINX", placeholder=True),
        Stage(name="all-in-one", means="all in one"),
        # Out and with its data in one step, and nothing kept.
        Stage(name="bought", means="buy has its data", services={"buy": Mode.OWN}),
        # One goes on without a facade while another comes up behind it.
        Stage(name="selling", means="sell", services={"buy": Mode.OWN, "sell": Mode.FACADE}, facade=True),
        # One comes back behind the facade, one gets its data, one arrives: all in one step.
        Stage(
            name="turned",
            means="all change",
            services={"buy": Mode.FACADE, "sell": Mode.OWN, "rent": Mode.FACADE},
            facade=True,
            kept=("rent",),
        ),
        # One goes back into the monolith while another leaves it.
        Stage(name="swapped", means="buy is back", services={"sell": Mode.FACADE, "rent": Mode.OWN}, facade=True),
        Stage(name="done", means="all out", services=dict.fromkeys(("buy", "sell", "rent"), Mode.OWN)),
    ),
    default_stage="selling",
    tables=(),
    facade=Facade(pattern="/things/*/inner-*", prefix="inner-", key_header="X-Key", key_name="inner-key"),
)
