"""The files through which Envoy is told what to do. Each has a version that Envoy names when it has taken it over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from embedded.alb import envoy_bootstrap, envoy_config, envoy_listener
from embedded.alb.envoy_actions import Names
from embedded.alb.envoy_json import Json
from embedded.alb.model import ConnectionSettings, Listener
from embedded.alb.tls import Tls


class ProxyFiles:
    """The files of one proxy in ``directory``; the ``publish_…`` methods return the version they have written."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory
        self._version = 0

    def write_bootstrap(self, admin_socket: Path) -> None:
        """What Envoy is started with."""
        bootstrap = envoy_bootstrap.bootstrap(
            admin_socket=admin_socket,
            listener_file=self._directory / "listener.json",
            clusters_file=self._directory / "clusters.json",
        )
        self._write("bootstrap.json", bootstrap)

    def publish_listener(self, connections: ConnectionSettings, tls: Tls | None, *, port: int) -> str:
        """The port, what connections to it may do, and how TLS ends there."""
        version, routes_file = self._next_version(), self._directory / "routes.json"
        content = envoy_listener.listeners(
            port=port, routes_file=routes_file, connections=connections, tls=tls, version=version
        )
        self._write("listener.json", content)
        return version

    def publish_clusters(self, names: Names) -> str:
        """The targets."""
        version = self._next_version()
        self._write("clusters.json", envoy_config.clusters(names=names, version=version))
        return version

    def publish_routes(self, listener: Listener, *, names: Names, probe_host: str) -> str:
        """The rules; the version is also the generation that the listener answers to ``probe_host``."""
        version = self._next_version()
        content = envoy_config.routes(listener=listener, names=names, generation=version, probe_host=probe_host)
        self._write("routes.json", content)
        return version

    def _next_version(self) -> str:
        self._version += 1
        return str(self._version)

    def _write(self, name: str, content: Json) -> None:
        """Replace a file whole; Envoy is told by the rename and never reads a half-written one."""
        fresh = self._directory / f"{name}.new"
        fresh.write_text(json.dumps(content), encoding="utf-8")
        fresh.replace(self._directory / name)
