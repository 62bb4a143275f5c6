"""The market with one service on ARM, beside a monolith on x86."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from systems.service import Architecture
from systems.system import System
from tests.local.market.system import SYSTEM as MARKET

(_OFFERS,) = MARKET.services
SYSTEM: Final[System] = replace(
    MARKET, services=(replace(_OFFERS, image=replace(_OFFERS.image, architecture=Architecture.ARM64)),)
)
