"""Every route of the mysfits as data: the applications serve them, and whatever leads requests to them reads them."""

from __future__ import annotations

from typing import Final

from systems.service import Route

LIST: Final = Route(method="GET", path="/mysfits")
PROFILE: Final = Route(method="GET", path="/mysfits/{mysfit_id}")
LIKE: Final = Route(method="POST", path="/mysfits/{mysfit_id}/like")
ADOPT: Final = Route(method="POST", path="/mysfits/{mysfit_id}/adopt")

FULFILL_LIKE: Final = Route(method="POST", path="/mysfits/{mysfit_id}/fulfill-like")
FULFILL_LIKES: Final = Route(method="POST", path="/mysfits/{mysfit_id}/fulfill-likes")
"""Several likes of one mysfit at once."""
FULFILL_ADOPT: Final = Route(method="POST", path="/mysfits/{mysfit_id}/fulfill-adopt")

FACADE_PREFIX: Final = "fulfill-"
"""The last part of each facade route begins with it; and what the monolith is told to serve of the facade."""

FACADE_PATTERN: Final = "/mysfits/*/fulfill-*"
"""Path pattern of all facade routes, which are for services only."""

KEY_HEADER: Final = "X-Fulfill-Key"
"""Header by which the facade knows them."""
