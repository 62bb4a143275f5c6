"""The stages of the walk: what runs in each of them."""

from __future__ import annotations

from typing import Final

from systems.service import Mode
from systems.stage import Stage

STAGES: Final = (
    Stage(name="placeholder", means="NGINX placeholder behind the ALB", lab="lab 3, step 1", placeholder=True),
    Stage(name="monolith", means="everything in the monolith", lab="labs 2-3"),
    Stage(
        name="glue",
        means="plus the facade: fulfill-like and fulfill-adopt",
        lab="lab 4, 1-3",
        facade=True,
    ),
    Stage(
        name="split",
        means="like service serves /mysfits/*/like through the facade",
        lab="lab 4, 4-7",
        services={"like": Mode.FACADE},
        facade=True,
        kept=("like",),
    ),
    Stage(
        name="strangled",
        means="the monolith no longer serves /like",
        lab="lab 4, 8-10",
        services={"like": Mode.FACADE},
        facade=True,
    ),
    Stage(
        name="adopt",
        means="adoption service serves /mysfits/*/adopt in the same way",
        lab="lab 4, checkpoint",
        services={"like": Mode.FACADE, "adopt": Mode.FACADE},
        facade=True,
    ),
    Stage(
        name="extracted",
        means="like and adoption service persist by themselves, the facade is gone",
        lab="lab 4, “until it can be fully replaced”",
        services={"like": Mode.OWN, "adopt": Mode.OWN},
    ),
)
