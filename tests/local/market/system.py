"""A small system whose images are one file: for tests that change what a revision does.

MARKET_SOURCES names the folder of the sources, so that a test can edit a copy of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from systems.service import Image, Mode, Route, Service
from systems.stage import Stage
from systems.system import System

SOURCES: Final = Path(__file__).resolve().parent / "sources"
_ROOT: Final = os.environ.get("MARKET_SOURCES", str(SOURCES))


def _service(name: str, *routes: Route) -> Service:
    """A service whose manners are in a file of its own, so that it alone becomes another image with them."""
    return Service(
        name=name,
        image=Image(
            root=_ROOT,
            dockerfile="Dockerfile",
            context=("market.py", f"{name}.txt"),
            arguments={"SERVICE": name},
        ),
        routes=routes,
        stays_inline=True,
        health_check_path="/health",
    )


SYSTEM: Final = System(
    name="market",
    title="Market",
    monolith=_service("monolith"),
    services=(_service("offers", Route(method="GET", path="/offers")),),
    stages=(
        Stage(name="placeholder", means="NGINX", placeholder=True),
        Stage(name="monolith", means="everything in the monolith"),
        Stage(name="split", means="offers by themselves", services={"offers": Mode.OWN}),
    ),
    default_stage="split",
    tables=(),
    contract=f"{_ROOT}/contract.json",
)
