"""What a running Envoy says of itself: its statistics, and which configuration it follows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp

from embedded.alb import envoy_config, metrics

CLUSTERS_STAT: Final = "cluster_manager.cds"
LISTENER_STAT: Final = "listener_manager.lds"
ROUTES_STAT: Final = f"http.alb.rds.{envoy_config.ROUTES}"

_VERSIONS_QUERY: Final = {
    "format": "json",
    "filter": (
        rf"^(cluster_manager\.cds|listener_manager\.lds|http\.alb\.rds\.{envoy_config.ROUTES})"
        r"\.(version_text|update_rejected)$"
    ),
}
_ANSWER_SECONDS: Final = 10.0


class RefusedError(RuntimeError):
    """Envoy refused a configuration; its log says why."""


class EnvoyAdmin:
    """Talks to the administration on the Unix socket ``admin_socket``, and to the listener on ``port``.

    Methods raise ``aiohttp.ClientConnectionError`` while Envoy is coming up or gone.
    """

    def __init__(self, *, admin_socket: Path, port: int, probe_host: str) -> None:
        self._port = port
        self._probe_host = probe_host
        self._rejected: dict[str, int] = {}
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        self._admin = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(admin_socket)), timeout=timeout)
        self._listener = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Close the connections."""
        await self._admin.close()
        await self._listener.close()

    async def counts(self) -> metrics.ProxyStats:
        """What was counted; asking makes the worker hand over latencies, which the next answer then holds."""
        return metrics.parse(await self._stats(metrics.STATS_QUERY))

    async def has_read(self, stat: str, version: str) -> bool:
        """Whether Envoy has taken over the file that carries ``version``.

        Args:
            stat: which file: ``CLUSTERS_STAT``, ``LISTENER_STAT`` or ``ROUTES_STAT``.
            version: what was written last.

        Raises:
            RefusedError: it has refused a file since it was last asked.
        """
        stats = await self._stats(_VERSIONS_QUERY)
        found = {each["name"]: each["value"] for each in stats["stats"]}
        if found.get(f"{stat}.version_text") == version:
            return True
        rejected = int(found.get(f"{stat}.update_rejected", 0))
        if rejected > self._rejected.get(stat, 0):
            self._rejected[stat] = rejected
            raise RefusedError(f"version {version} of {stat}")
        return False

    async def is_routing_by(self, generation: str, *, scheme: str = "http") -> bool:
        """Whether the worker that takes all requests follows the routes of ``generation``.

        Whose certificate it shows is not asked: it is this machine's own port, and the answer proves itself.
        """
        url, headers = f"{scheme}://127.0.0.1:{self._port}/", {"Host": self._probe_host}
        async with self._listener.get(url, headers=headers, ssl=False) as answer:
            return answer.status == 200 and await answer.text() == generation

    async def _stats(self, query: Mapping[str, str]) -> dict[str, Any]:
        async with self._admin.get("http://envoy/stats", params=query) as answer:
            answer.raise_for_status()
            stats: dict[str, Any] = await answer.json(content_type=None)
            return stats
