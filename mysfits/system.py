"""The system as one value, which every tool takes.

A new service is its folder under ``services/``, its import here and its mode in a row of ``mysfits/stages.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from mysfits.stages import STAGES
from mysfits.tables import TABLES
from mysfits.workshop import WORKSHOP
from services.adopt.service import SERVICE as ADOPT
from services.like.service import SERVICE as LIKE
from services.monolith.service import SERVICE as MONOLITH
from services.mysfits import routes
from systems.system import Facade, Site, System
from systems.workload import Workload


def _workload() -> Workload:
    # Imported when a rehearsal begins: nobody else has any use for its traffic.
    traffic: Workload = import_module("mysfits.traffic").workload()
    return traffic


SYSTEM: Final = System(
    name="mysfits",
    title="Mysfits",
    monolith=MONOLITH,
    services=(LIKE, ADOPT),
    stages=STAGES,
    default_stage="split",
    tables=TABLES,
    site=Site(folder="website", api_path_patterns=(routes.LIST.pattern, routes.PROFILE.pattern)),
    facade=Facade(
        pattern=routes.FACADE_PATTERN,
        prefix=routes.FACADE_PREFIX,
        key_header=routes.KEY_HEADER,
        key_name="fulfill-key",
    ),
    workload=_workload,
    contract="mysfits/contract.json",
    idempotency_header="Idempotency-Key",
    yardstick=WORKSHOP,
)
