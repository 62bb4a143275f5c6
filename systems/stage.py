"""The stage table: what runs in each stage of the walk, as data. Everything else asks this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from systems.service import Mode


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stop of the walk.

    Attributes:
        name: value of STAGE.
        means: one line for help and documentation.
        lab: the part of a text that it stands for, if any.
        placeholder: whether public NGINX runs in the monolith's place, as before the first image is published.
        services: mode of each service that is not part of the monolith, by name; those left out are ``inline``.
        facade: whether the monolith offers the facade to services that do not have their data yet; without any that
            lives behind it, it is there ahead of the first one.
        kept: services that have left and whose routes the monolith still serves, in case the path comes back.
    """

    name: str
    means: str
    lab: str = ""
    placeholder: bool = False
    services: Mapping[str, Mode] = field(default_factory=dict)
    facade: bool = False
    kept: tuple[str, ...] = ()

    def mode(self, service: str) -> Mode:
        """How a service lives in this stage."""
        return self.services.get(service, Mode.INLINE)

    def monolith_serves(self, service: str) -> bool:
        """Whether the monolith serves the service's routes in this stage."""
        return not self.placeholder and (self.mode(service) is Mode.INLINE or service in self.kept)

    @property
    def separate(self) -> tuple[str, ...]:
        """Names of the services that have routes of their own on the load balancer, in the order of the table."""
        return tuple(name for name, mode in self.services.items() if mode is not Mode.INLINE)
