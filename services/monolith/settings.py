"""What the monolith is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.facade.fulfill_key import FulfillKeys
from services.kit.environment import EnvironmentReader
from services.kit.server_settings import ServerSettings
from services.mysfits.changes import CHANGES
from services.mysfits.routes import FACADE_PREFIX
from services.mysfits.store_settings import StoreSettings

ROUTES: Final = (*CHANGES, *(f"{FACADE_PREFIX}{change}" for change in CHANGES))
"""Every POST route below ``/mysfits/{id}/`` that the monolith knows, by the end of its path."""


@dataclass(frozen=True, kw_only=True)
class MonolithSettings:
    """``routes`` are those of ROUTES that this deployment serves; the image is the same in every stage.

    ``fulfill_keys`` open those of them that begin with ``fulfill-``.
    """

    server: ServerSettings
    store: StoreSettings
    routes: tuple[str, ...]
    fulfill_keys: FulfillKeys

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> MonolithSettings:
        """Read what ServerSettings, StoreSettings and FulfillKeys read, and MYSFIT_ACTIONS.

        Raises:
            SettingsError: with every problem.
        """
        reader = EnvironmentReader(environ)
        settings = cls(
            server=ServerSettings.read(reader),
            store=StoreSettings.read(reader, ledger=True),
            routes=reader.names("MYSFIT_ACTIONS", valid=ROUTES),
            fulfill_keys=FulfillKeys.read(reader),
        )
        guarded = [route for route in settings.routes if route.startswith(FACADE_PREFIX)]
        if guarded and not settings.fulfill_keys.live:
            reader.problems.append(
                f"FULFILL_KEYS is not set, so {', '.join(guarded)} would be open to everybody; set it, or leave them "
                "out of MYSFIT_ACTIONS."
            )
        reader.finish()
        return settings
