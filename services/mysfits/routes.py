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
