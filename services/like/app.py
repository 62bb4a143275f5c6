"""The like service's application."""

from __future__ import annotations

from functools import partial

from services.facade.change_service import ChangeServiceSettings, change_service
from services.facade.like_forwarding import LikeForwarding
from services.mysfits.changes import LIKE

read_settings = partial(ChangeServiceSettings.from_environ, change=LIKE)
create_app = partial(
    change_service, change=LIKE, forward=lambda facade: LikeForwarding(facade).like, title="Like service"
)
