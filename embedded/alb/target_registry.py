"""The registered targets of every target group, checked at their groups' pace."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

from embedded.alb.health import REASON_INITIAL, CheckSettings, Hosts, Probe, TargetHealth, in_rotation
from embedded.network import Addresses

log = logging.getLogger(__name__)

_INITIAL_PROBE_SECONDS: Final = 0.3
_TIMED_OUT: Final = Probe(ok=False, reason="Target.Timeout", description="Request timed out")

Key = tuple[str, str]
"""Target group ARN and target address."""


class TargetRegistry:
    """Health of every target of ``backend`` (moto's ELBv2 of one region)."""

    def __init__(self, *, backend: Any, addresses: Addresses, clock: Callable[[], float] = time.monotonic) -> None:
        self._backend = backend
        self._addresses = addresses
        self._clock = clock
        self._health: dict[Key, TargetHealth] = {}
        self._probes: dict[Key, asyncio.Task[None]] = {}
        self._complained: set[str] = set()

    def status(self, key: Key, *, is_in_service: bool) -> tuple[str, str | None, str | None] | None:
        """State, reason code and description of a target; it is healthy once it ``is_in_service`` by a proxy."""
        health = self._health.get(key)
        if health is None:
            return None
        if health.state == "healthy" and not is_in_service:
            return ("initial", *REASON_INITIAL)
        return health.state, health.reason, health.description

    def known(self, group_arn: str) -> list[tuple[str, int]]:
        """Address and port of every target of the group, draining ones included."""
        return [(health.address, health.port) for (arn, _), health in list(self._health.items()) if arn == group_arn]

    def hosts(self, group_arn: str) -> Hosts:
        """How many targets of a group are healthy and unhealthy."""
        states = [health.state for (arn, _), health in list(self._health.items()) if arn == group_arn]
        return Hosts(healthy=states.count("healthy"), unhealthy=states.count("unhealthy"))

    def rotation(self, group_arn: str) -> list[str]:
        """Addresses of the group's targets that get requests."""
        chosen = in_rotation([health for (arn, _), health in self._health.items() if arn == group_arn])
        return [target.address for target in chosen]

    def notice(self, *, in_service: frozenset[Key]) -> None:
        """Take in who came and who left; one that left is forgotten when it has drained and no proxy knows it."""
        now = self._clock()
        groups: Mapping[str, Any] = dict(self._backend.target_groups)
        registered: dict[Key, int] = {
            (arn, address): int(target["Port"])
            for arn, group in groups.items()
            for address, target in list(group.targets.items())
            if target["Port"] is not None  # a Lambda function has none
        }
        for key, port in registered.items():
            health = self._health.get(key)
            if health is None or health.state == "draining":
                self._health[key] = TargetHealth(address=key[1], port=port, registered_at=now)
        for key, health in list(self._health.items()):
            if key in registered:
                continue
            group = groups.get(key[0])
            delay = 0.0 if group is None else float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
            health.drain(now=now, delay_seconds=delay)
            if health.drained(now=now) and key not in in_service:
                del self._health[key]

    def keep_probing(self, session: aiohttp.ClientSession) -> None:
        """See that every target is being checked."""
        for key, probe in list(self._probes.items()):
            if probe.done():
                del self._probes[key]
        for key in self._health:
            if key not in self._probes:
                self._probes[key] = asyncio.create_task(self._probe_target(session, key))

    def stop_probing(self) -> None:
        """Cancel every check."""
        for probe in self._probes.values():
            probe.cancel()
        self._probes.clear()

    async def _probe_target(self, session: aiohttp.ClientSession, key: Key) -> None:
        """Check one target at its group's pace until it drains."""
        while (health := self._health.get(key)) is not None and health.state != "draining":
            group = self._backend.target_groups.get(key[0])
            if group is None:
                return
            try:
                settings = check_settings(group)
                probe = await self._probe(session, key[1], settings)
            except (ValueError, TypeError, AttributeError) as error:
                self._complain(f"target group {group.name}: its health check cannot be read: {error}")
                await asyncio.sleep(1)
                continue
            health.observe(probe, now=self._clock(), settings=settings)
            pause = settings.interval_seconds
            await asyncio.sleep(min(pause, _INITIAL_PROBE_SECONDS) if health.state == "initial" else pause)

    def _complain(self, text: str) -> None:
        if text not in self._complained:
            self._complained.add(text)
            log.error("%s", text)

    async def _probe(self, session: aiohttp.ClientSession, address: str, settings: CheckSettings) -> Probe:
        port = self._addresses.port(address)
        if port is None:
            return _TIMED_OUT
        url = f"http://127.0.0.1:{port}{settings.path}"
        headers = {"User-Agent": "ELB-HealthChecker/2.0"}
        try:
            async with (
                asyncio.timeout(settings.timeout_seconds),
                session.get(url, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError:
            return _TIMED_OUT
        except aiohttp.ClientError:
            return Probe(ok=False, reason="Target.FailedHealthChecks", description="Health checks failed")
        if settings.accepts(status):
            return Probe(ok=True)
        description = f"Health checks failed with these codes: [{status}]"
        return Probe(ok=False, reason="Target.ResponseCodeMismatch", description=description)


def check_settings(group: Any) -> CheckSettings:
    """Check settings of a target group of the API."""
    return CheckSettings(
        path=group.health_check_path or "/",
        interval_seconds=float(group.health_check_interval_seconds),
        timeout_seconds=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        matcher=str((group.matcher or {}).get("HttpCode", "200")),
    )
