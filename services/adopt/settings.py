"""What the adoption service is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.environment import EnvironmentReader
from services.common.persistence import PersistenceSettings, read_persistence
from services.common.server_settings import ServerSettings


@dataclass(frozen=True, kw_only=True)
class AdoptSettings:
    """How to serve, and who stores the adoptions."""

    server: ServerSettings
    persistence: PersistenceSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> AdoptSettings:
        """Read what ServerSettings reads; then MONOLITH_URL and FULFILL_KEY, or what StoreSettings reads.

        Raises:
            SettingsError: with every problem.
        """
        reader = EnvironmentReader(environ)
        settings = cls(server=ServerSettings.read(reader), persistence=read_persistence(reader, ledger=False))
        reader.finish()
        return settings
