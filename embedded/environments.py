"""The environments of this embedded AWS: their ports, their websites, and what is forgotten with a destroyed one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Protocol

from embedded import port_claims
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.control import Control
from embedded.port_claims import Environment

log = logging.getLogger(__name__)

_REGISTER: Final = (
    'register an environment with {"name": "shop-dev", "environment": {"alb_port": 8080, "site_port": 8081, '
    '"load_balancer": "shop-dev", "site_bucket": "shop-dev-site", "tables": ["shop-dev-orders"]}}.'
)


class Site(Protocol):
    """A website endpoint on a port of its own."""

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""

    async def close(self) -> None:
        """Stop listening."""


class Environments:
    """Gives ports to environments, one owner each, and serves the website of every environment that has some."""

    def __init__(
        self,
        *,
        state_dir: Path,
        aws_port: int,
        region: str,
        make_site: Callable[[Environment], Site],
        balances: Callable[[Environment, int], bool],
        forget: Callable[[Environment], None],
        check_free: Callable[..., None] = check_port_free,
    ) -> None:
        """
        Args:
            state_dir: where the claims are kept.
            aws_port: of the API.
            region: of this embedded AWS.
            make_site: the website endpoint of an environment, on its port.
            balances: whether a load balancer of the environment carries this port now.
            forget: drops what is kept for an environment that is gone.
            check_free: raises PortInUseError for a port that somebody has.
        """
        self._state_dir = state_dir
        self._aws_port = aws_port
        self._region = region
        self._make_site = make_site
        self._balances = balances
        self._forget = forget
        self._check_free = check_free
        self._claims = port_claims.Claims()
        self._sites: dict[str, tuple[Environment, Site]] = {}
        self._troubles: dict[str, str] = {}
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Serve the websites of the environments that are known from before."""
        known = port_claims.read(self._state_dir).environments
        self._keep(port_claims.Claims(aws_port=self._aws_port, region=self._region, environments=known))
        for name, environment in known.items():
            if not environment.load_balancer:  # of an earlier version, which did not write it down
                self._troubles[name] = f"The website of {name} is not served until its next make deploy."
                continue
            try:
                await self._serve(name, environment)
            except PortInUseError as problem:
                self._troubles[name] = f"The website of {name} is not served: {problem}"
                log.error("%s", self._troubles[name])

    async def close(self) -> None:
        """Stop serving."""
        for _, site in self._sites.values():
            await site.close()
        self._sites.clear()

    def offer(self, control: Control) -> None:
        """Answer on the control socket: GET, PUT and DELETE of ``/environments``."""
        control.add("GET", "/environments", lambda _: self._document())
        control.add("PUT", "/environments", self._put)
        control.add("DELETE", "/environments", self._delete)

    def warnings(self) -> tuple[str, ...]:
        """One line for each website that cannot be served."""
        return tuple(self._troubles.values())

    def variable_of(self, port: int) -> str | None:
        """The setting that chose this port for a load balancer of an environment; None when it is none's."""
        ports = (pair for one in self._claims.environments.values() for pair in one.balancer_ports().items())
        return next((variable for variable, number in ports if number == port), None)

    async def register(self, name: str, wanted: Environment) -> None:
        """Serve the environment ``name`` on the ports of ``wanted``, in the place of what was known of it.

        Raises:
            ValueError: somebody else has one of them; says who, and which variable to set.
        """
        async with self._changing:
            if conflict := self._claims.problem(name, wanted):
                raise ValueError(conflict)
            try:
                for variable, port in wanted.balancer_ports().items():
                    if not self._balances(wanted, port):
                        self._check_free(port=port, variable=variable)
                await self._serve(name, wanted)
            except PortInUseError as problem:
                raise ValueError(str(problem)) from problem
            self._keep(self._claims.with_environment(name, wanted))
            self._troubles = {known: text for known, text in self._troubles.items() if self._claims.of(known)}

    async def release(self, name: str) -> None:
        """Forget everything of an environment that was destroyed; nothing happens when none is known."""
        async with self._changing:
            _, site = self._sites.pop(name, (None, None))
            if site is not None:
                await site.close()
            known = self._claims.of(name)
            self._keep(self._claims.without(name))
            self._troubles = {other: text for other, text in self._troubles.items() if self._claims.of(other)}
            if known is not None:
                self._forget(known)

    async def _serve(self, name: str, environment: Environment) -> None:
        """Serve the website of the environment on its port and nowhere else.

        Raises:
            PortInUseError: somebody has the port; the website stays where it was.
        """
        served, before = self._sites.get(name, (None, None))
        port = environment.site_port
        if not environment.site_bucket:  # the system has no website
            if before is not None:
                await before.close()
                del self._sites[name]
            return
        if served is not None and (served.site_port, served.site_bucket) == (port, environment.site_bucket):
            return
        if before is not None and served is not None and served.site_port == port:
            await before.close()
            before = None
        self._check_free(port=port, variable="SITE_PORT")
        site = self._make_site(environment)
        try:
            await site.start()
        except OSError as problem:  # taken since the look above
            message = f"Port {port} cannot be used ({problem.strerror}); set SITE_PORT to a free port."
            raise PortInUseError(problem.errno, message) from problem
        self._sites[name] = (environment, site)
        self._troubles.pop(name, None)
        if before is not None:
            await before.close()

    def _keep(self, claims: port_claims.Claims) -> None:
        port_claims.write(self._state_dir, claims)
        self._claims = claims

    def _document(self) -> dict[str, Any]:
        return {name: asdict(environment) for name, environment in self._claims.environments.items()}

    async def _put(self, document: object) -> dict[str, Any]:
        match document:
            case {"name": str(name), "environment": dict(wanted)}:
                try:
                    environment = Environment.parse(wanted)
                except TypeError as problem:
                    raise ValueError(f"{problem}; {_REGISTER}") from problem
                await self.register(name, environment)
                return self._document()
        raise ValueError(_REGISTER)

    async def _delete(self, document: object) -> dict[str, Any]:
        match document:
            case {"name": str(name)}:
                await self.release(name)
                return self._document()
        raise ValueError('release an environment with {"name": "shop-dev"}.')
