"""The adoption service's application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from services.facade.change_service import ChangeServiceSettings, change_service
from services.facade.monolith_facade import FacadeAnswer, MonolithFacade
from services.mysfits.changes import ADOPT


def _forward(facade: MonolithFacade) -> Callable[[str, str], Awaitable[FacadeAnswer]]:
    return lambda mysfit_id, key: facade.fulfill(mysfit_id, ADOPT.name, key=key)


read_settings = partial(ChangeServiceSettings.from_environ, change=ADOPT)
create_app = partial(change_service, change=ADOPT, forward=_forward, title="Adoption service")
