"""The embedded load balancer: what stands in the API's listeners, rules, groups and targets, made true by a proxy."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

from embedded.alb import translate
from embedded.alb.health import REASON_INITIAL, CheckSettings, Probe, TargetHealth, in_rotation
from embedded.alb.metrics import GroupMetrics
from embedded.alb.model import Listener, Target
from embedded.alb.proxy import EnvoyProxy, ProxyError
from embedded.network import Addresses

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.1
_INITIAL_PROBE_SECONDS: Final = 0.3

Key = tuple[str, str]
"""Target group ARN and target address."""


class AlbController:
    """Follows ``backend`` (moto's ELBv2 of one region); also the ``Targets`` that ECS tasks register with."""

    def __init__(self, *, addresses: Addresses, make_proxy: Callable[[int], EnvoyProxy]) -> None:
        self._backend: Any = None
        self._addresses = addresses
        self._make_proxy = make_proxy
        self._health: dict[Key, TargetHealth] = {}
        self._probes: dict[Key, asyncio.Task[None]] = {}
        self._proxies: dict[int, EnvoyProxy] = {}
        self._applied: dict[int, Listener] = {}
        self._rotating: set[Key] = set()
        self._carried: frozenset[Key] = frozenset()
        self._refused: set[str] = set()
        self._closed = False

    def follow(self, backend: Any) -> None:
        """Set the backend to follow; done before ``run``."""
        self._backend = backend

    # What ECS and DescribeTargetHealth use

    def register(self, group_arn: str, address: str, port: int) -> None:
        """Make ``address`` a target of the group, as RegisterTargets does."""
        group = self._backend.target_groups.get(group_arn)
        if group is not None:
            group.register([{"Id": address, "Port": port}])
            self._notice_targets()

    def deregister(self, group_arn: str, address: str) -> None:
        """Start draining ``address``, as DeregisterTargets does; nothing happens when it is no target."""
        group = self._backend.target_groups.get(group_arn)
        if group is not None and address in group.targets:
            group.deregister([{"Id": address}])
            self._notice_targets()

    def state(self, group_arn: str, address: str) -> str | None:
        """State of a target, or None when it is none (any more)."""
        status = self.status(group_arn, address)
        return None if status is None or self._closed else status[0]

    def status(self, group_arn: str, address: str) -> tuple[str, str | None, str | None] | None:
        """State, reason code and description of a target; it is healthy once the proxy sends it requests."""
        health = self._health.get((group_arn, address))
        if health is None:
            return None
        if health.state == "healthy" and (group_arn, address) not in self._carried:
            return ("initial", *REASON_INITIAL)
        return health.state, health.reason, health.description

    def known(self, group_arn: str) -> list[tuple[str, int]]:
        """Address and port of every target of the group, draining ones included."""
        return [(health.address, health.port) for (arn, _), health in list(self._health.items()) if arn == group_arn]

    # The loop

    async def run(self) -> None:
        """Follow until cancelled. The proxies go on serving without it, until ``close``."""
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            try:
                while True:
                    self._notice_targets()
                    self._keep_probing(session)
                    try:
                        await self._apply()
                    except (ProxyError, OSError):
                        log.exception("the proxy does not follow; trying again")
                    await asyncio.sleep(TICK_SECONDS)
            finally:
                self._stop_probing()

    async def metrics(self) -> dict[str, GroupMetrics]:
        """What every target group did since its proxy started, by name."""
        found: dict[str, GroupMetrics] = {}
        for proxy in list(self._proxies.values()):
            if proxy.pid is not None:
                found |= await proxy.metrics()
        return found

    async def close(self) -> None:
        """End every proxy; targets are gone from here on, so nobody waits for draining."""
        self._closed = True
        for proxy in self._proxies.values():
            await proxy.close()
        self._proxies.clear()

    def _notice_targets(self) -> None:
        now = time.monotonic()
        groups: Mapping[str, Any] = dict(self._backend.target_groups)
        registered: dict[Key, int] = {
            (arn, address): int(target["Port"])
            for arn, group in groups.items()
            for address, target in list(group.targets.items())
        }
        for key, port in registered.items():
            health = self._health.get(key)
            if health is None or health.state == "draining":
                self._health[key] = TargetHealth(address=key[1], port=port, registered_at=now)
        for key, health in list(self._health.items()):
            if key in registered:
                continue
            group = groups.get(key[0])
            delay = float(group.attributes["deregistration_delay.timeout_seconds"]) if group is not None else 0.0
            health.drain(now=now, delay_seconds=delay)
            if health.drained(now=now) and key not in self._carried:
                del self._health[key]

    def _keep_probing(self, session: aiohttp.ClientSession) -> None:
        for key in self._health:
            if key not in self._probes:
                self._probes[key] = asyncio.create_task(self._probe_target(session, key))
        for key, probe in list(self._probes.items()):
            if probe.done():
                del self._probes[key]

    def _stop_probing(self) -> None:
        """End the probes: they use the session of the run that started them."""
        for probe in self._probes.values():
            probe.cancel()
        self._probes.clear()

    async def _probe_target(self, session: aiohttp.ClientSession, key: Key) -> None:
        """Check one target at its group's pace until it drains."""
        while (health := self._health.get(key)) is not None and health.state != "draining":
            group = self._backend.target_groups.get(key[0])
            if group is None:
                return
            settings = check_settings(group)
            probe = await self._probe(session, key[1], settings)
            health.observe(probe, now=time.monotonic(), settings=settings)
            pause = settings.interval_seconds
            await asyncio.sleep(min(pause, _INITIAL_PROBE_SECONDS) if health.state == "initial" else pause)

    async def _probe(self, session: aiohttp.ClientSession, address: str, settings: CheckSettings) -> Probe:
        port = self._addresses.port(address)
        if port is None:
            return Probe(ok=False, reason="Target.Timeout", description="Request timed out")
        url = f"http://127.0.0.1:{port}{settings.path}"
        headers = {"User-Agent": "ELB-HealthChecker/2.0"}
        try:
            async with (
                asyncio.timeout(settings.timeout_seconds),
                session.get(url, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError:
            return Probe(ok=False, reason="Target.Timeout", description="Request timed out")
        except aiohttp.ClientError:
            return Probe(ok=False, reason="Target.FailedHealthChecks", description="Health checks failed")
        if settings.accepts(status):
            return Probe(ok=True)
        description = f"Health checks failed with these codes: [{status}]"
        return Probe(ok=False, reason="Target.ResponseCodeMismatch", description=description)

    async def _apply(self) -> None:
        wanted: dict[int, Listener] = {}
        self._rotating = set()
        for balancer in list(self._backend.load_balancers.values()):
            for listener in list(balancer.listeners.values()):
                model = self._model(listener)
                if model is not None:
                    wanted[model.port] = model
        for port in [port for port in self._proxies if port not in wanted]:
            await self._proxies.pop(port).close()
            self._applied.pop(port, None)
        for port, model in wanted.items():
            await self._carry(port, model)
        self._carried = frozenset(self._rotating)

    async def _carry(self, port: int, model: Listener) -> None:
        """Make the proxy of ``port`` follow ``model``; one that died is started again."""
        proxy = self._proxies.get(port)
        if proxy is not None and proxy.pid is None:
            log.error("the proxy on port %s ended; starting it again", port)
            await proxy.close()
            del self._proxies[port]
            self._applied.pop(port, None)
            proxy = None
        if self._applied.get(port) == model:
            return
        if proxy is None:
            proxy = self._make_proxy(port)
            await proxy.start()
            self._proxies[port] = proxy
        await proxy.apply(model)
        self._applied[port] = model

    def _model(self, listener: Any) -> Listener | None:
        """The listener's model; one that cannot be carried is logged once and gets no proxy."""
        try:
            return translate.listener(listener, targets_of=self._rotation)
        except translate.UnsupportedListener as problem:
            if str(problem) not in self._refused:
                self._refused.add(str(problem))
                log.error("%s", problem)
            return None

    def _rotation(self, group_arn: str) -> tuple[Target, ...]:
        targets = [health for (arn, _), health in self._health.items() if arn == group_arn]
        chosen = in_rotation(targets)
        self._rotating |= {(group_arn, target.address) for target in chosen}
        ports = {target.address: self._addresses.port(target.address) for target in chosen}
        return tuple(Target(host="127.0.0.1", port=port) for _, port in sorted(ports.items()) if port is not None)


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
