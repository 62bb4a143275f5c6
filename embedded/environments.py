"""The environments of this embedded AWS: their ports, their websites, and what is forgotten with a destroyed one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from embedded import port_claims
from embedded.alb.ports import PortInUseError, check_port_free
from embedded.control import Control
from embedded.port_claims import Ports

log = logging.getLogger(__name__)


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
        make_site: Callable[[str, int], Site],
        balances: Callable[[str, int], bool],
        forget: Callable[[str, Ports | None], None],
        check_free: Callable[..., None] = check_port_free,
    ) -> None:
        """
        Args:
            state_dir: where the claims are kept.
            aws_port: of the API.
            make_site: the website endpoint of an environment on a port.
            balances: whether the environment's own load balancer carries the port now.
            forget: drops what is kept for an environment that is gone; gets also the ports that it had.
            check_free: raises PortInUseError for a port that somebody has.
        """
        self._state_dir = state_dir
        self._aws_port = aws_port
        self._make_site = make_site
        self._balances = balances
        self._forget = forget
        self._check_free = check_free
        self._claims = port_claims.Claims()
        self._sites: dict[str, tuple[int, Site]] = {}
        self._troubles: dict[str, str] = {}
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Serve the websites of the environments that are known from before."""
        self._keep(port_claims.Claims(aws_port=self._aws_port, environments=self._known()))
        for env, ports in self._claims.environments.items():
            try:
                await self._serve(env, ports.site_port)
            except PortInUseError as problem:
                self._troubles[env] = f"The website of {env} is not served: {problem}"
                log.error("%s", self._troubles[env])

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

    async def claim(self, env: str, wanted: Ports) -> None:
        """Give ``env`` the ``wanted`` ports, in the place of those it had.

        Raises:
            ValueError: somebody else has one of them; says who, and which variable to set.
        """
        async with self._changing:
            if conflict := self._claims.problem(env, wanted):
                raise ValueError(conflict)
            try:
                if not self._balances(env, wanted.alb_port):
                    self._check_free(port=wanted.alb_port, variable="ALB_PORT")
                await self._serve(env, wanted.site_port)
            except PortInUseError as problem:
                raise ValueError(str(problem)) from problem
            self._keep(self._claims.with_environment(env, wanted))

    async def release(self, env: str) -> None:
        """Forget everything of an environment that was destroyed; nothing happens when none is known."""
        async with self._changing:
            _, site = self._sites.pop(env, (0, None))
            if site is not None:
                await site.close()
            self._troubles.pop(env, None)
            self._forget(env, self._claims.environments.get(env))
            self._keep(self._claims.without(env))

    async def _serve(self, env: str, port: int) -> None:
        """Serve the website of ``env`` on ``port`` and nowhere else.

        Raises:
            PortInUseError: somebody has the port; the website stays where it was.
        """
        served_on, before = self._sites.get(env, (None, None))
        if served_on == port:
            return
        self._check_free(port=port, variable="SITE_PORT")
        site = self._make_site(env, port)
        try:
            await site.start()
        except OSError as problem:  # taken since the look above
            message = f"Port {port} cannot be used ({problem.strerror}); set SITE_PORT to a free port."
            raise PortInUseError(problem.errno, message) from problem
        self._sites[env] = (port, site)
        self._troubles.pop(env, None)
        if before is not None:
            await before.close()

    def _known(self) -> dict[str, Ports]:
        return dict(port_claims.read(self._state_dir).environments)

    def _keep(self, claims: port_claims.Claims) -> None:
        port_claims.write(self._state_dir, claims)
        self._claims = claims

    def _document(self) -> dict[str, Any]:
        return {
            env: {"alb_port": ports.alb_port, "site_port": ports.site_port}
            for env, ports in self._claims.environments.items()
        }

    async def _put(self, document: object) -> dict[str, Any]:
        match document:
            case {"env": str(env), "alb_port": int(alb_port), "site_port": int(site_port)}:
                await self.claim(env, Ports(alb_port=alb_port, site_port=site_port))
                return self._document()
        raise ValueError('claim ports with {"env": "dev", "alb_port": 8080, "site_port": 8081}.')

    async def _delete(self, document: object) -> dict[str, Any]:
        match document:
            case {"env": str(env)}:
                await self.release(env)
                return self._document()
        raise ValueError('release an environment with {"env": "dev"}.')
