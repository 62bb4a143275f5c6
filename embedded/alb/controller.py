"""The embedded load balancers: configures a proxy for each listener from the API's rules, groups and targets."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from embedded.alb import translate, unsupported_attributes
from embedded.alb.certificates import CertificateOf
from embedded.alb.health import Hosts
from embedded.alb.metrics import GroupMetrics
from embedded.alb.model import Listener
from embedded.alb.proxy import EnvoyProxy
from embedded.alb.served_listener import ServedListener
from embedded.alb.target_registry import Key, TargetRegistry
from embedded.alb.targets import Target, TargetGroup
from embedded.alb.translate_actions import target_group
from embedded.alb.unsupported import Unsupported
from embedded.network import Addresses
from embedded.supervisor import one_line

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.1

ListenerKey = tuple[str, int]
"""Listener ARN and port: a listener that moves to another port is served anew."""

Wanted = tuple[Listener, frozenset[Key]]
"""What a listener says, and the targets it sends requests to."""


class AlbController:
    """Follows ``backend`` (moto's ELBv2 of one region); also the ``Targets`` that ECS tasks register with.

    Attributes:
        lock: held while the records are read; held by the API while it changes them, nobody sees half of a change.
    """

    def __init__(
        self, *, addresses: Addresses, make_proxy: Callable[[int], EnvoyProxy], certificate_of: CertificateOf
    ) -> None:
        self.lock = threading.RLock()
        self._backend: Any = None
        self._registry: TargetRegistry
        self._addresses = addresses
        self._make_proxy = make_proxy
        self._certificate_of = certificate_of
        self._served: dict[ListenerKey, ServedListener] = {}
        self._read_before: dict[ListenerKey, Wanted] = {}
        self._ending: dict[ListenerKey, asyncio.Task[None]] = {}
        self._warnings: dict[str, str] = {}
        self._closed = False

    def follow(self, backend: Any) -> None:
        """Set the backend to follow; done before ``run``."""
        self._backend = backend
        self._registry = TargetRegistry(backend=backend, addresses=self._addresses)

    # What ECS, DescribeTargetHealth and the status use

    def register(self, group_arn: str, address: str, port: int) -> None:
        """Make ``address`` a target of the group, as RegisterTargets does."""
        group = self._backend.target_groups.get(group_arn)
        if group is not None:
            group.register([{"Id": address, "Port": port}])
            self._registry.notice(in_service=self._in_service())

    def deregister(self, group_arn: str, address: str) -> None:
        """Start draining ``address``, as DeregisterTargets does; nothing happens when it is no target."""
        group = self._backend.target_groups.get(group_arn)
        if group is not None and address in group.targets:
            group.deregister([{"Id": address}])
            self._registry.notice(in_service=self._in_service())

    def state(self, group_arn: str, address: str) -> str | None:
        """State of a target, or None when it is none (any more)."""
        status = self.status(group_arn, address)
        return None if status is None or self._closed else status[0]

    def status(self, group_arn: str, address: str) -> tuple[str, str | None, str | None] | None:
        """State, reason code and description of a target; it is healthy once a proxy sends it requests."""
        key = (group_arn, address)
        return self._registry.status(key, is_in_service=key in self._in_service())

    def known(self, group_arn: str) -> list[tuple[str, int]]:
        """Address and port of every target of the group, draining ones included."""
        return self._registry.known(group_arn)

    def hosts(self, group_arn: str) -> Hosts:
        """How many targets of a group are healthy and unhealthy."""
        return self._registry.hosts(group_arn)

    def warnings(self) -> tuple[str, ...]:
        """What is not served as AWS would serve it, one line each, with the ARN of what it is about."""
        return tuple(f"{arn}: {' '.join(reason.split())}" for arn, reason in self._warnings.items())

    async def metrics(self) -> dict[str, GroupMetrics]:
        """What every target group did since its proxies started, by name.

        Raises:
            ProxyError: a proxy went away while it was asked.
        """
        found: dict[str, GroupMetrics] = {}
        for served in list(self._served.values()):
            for name, metrics in (await served.metrics()).items():
                found[name] = found.get(name, GroupMetrics()).plus(metrics)
        return found

    def serves(self, port: int) -> bool:
        """Whether a proxy of ours listens on ``port`` now."""
        return any(served.port == port and served.is_running for served in list(self._served.values()))

    # The loop

    async def run(self) -> None:
        """Follow until cancelled. The proxies go on serving without it, until ``close``."""
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            try:
                while True:
                    self._registry.notice(in_service=self._in_service())
                    self._registry.keep_probing(session)
                    self.step()
                    await asyncio.sleep(TICK_SECONDS)
            finally:
                self._registry.stop_probing()

    async def close(self) -> None:
        """End every proxy; targets are gone from here on, so nobody waits for draining."""
        self._closed = True
        for key in list(self._served):
            self._end(key)
        await asyncio.gather(*self._ending.values())

    def step(self) -> None:
        """Let every listener's proxy follow its records."""
        warnings: dict[str, str] = {}
        wanted = self._wanted(warnings)
        for key in self._served.keys() - wanted.keys():
            self._end(key)
        self._ending = {key: ending for key, ending in self._ending.items() if not ending.done()}
        taken = {served.port: arn for (arn, _), served in self._served.items()}
        leaving = {port for _, port in self._ending}
        for key, (model, targets) in wanted.items():
            arn, port = key
            if key not in self._served and port in leaving:
                continue  # until the next tick
            if taken.setdefault(port, arn) != arn:
                warnings[arn] = f"Port {port} belongs to listener {taken[port]}; choose another port."
                continue
            served = self._served.get(key)
            if served is None:
                served = ServedListener(arn=arn, port=port, make_proxy=self._make_proxy)
                self._served[key] = served
            served.follow(model, targets)
            if served.problem:
                warnings[arn] = served.problem
        self._tell(warnings)

    def _wanted(self, warnings: dict[str, str]) -> dict[ListenerKey, Wanted]:
        """Every listener's model; one that cannot be read at all keeps what it had."""
        found: dict[ListenerKey, Wanted] = {}
        with self.lock:
            self._tell_of_attributes(warnings)
            for balancer in list(self._backend.load_balancers.values()):
                for record in list(balancer.listeners.values()):
                    try:
                        key, wanted = self._read(balancer, record, warnings)
                    except Exception as error:  # one odd record must not stop the others
                        warnings[record.arn] = f"Its records cannot be read: {one_line(error)}."
                        found |= {key: was for key, was in self._read_before.items() if key[0] == record.arn}
                    else:
                        found[key] = wanted
        self._read_before = found
        return found

    def _tell_of_attributes(self, warnings: dict[str, str]) -> None:
        told = {
            one.arn: unsupported_attributes.of_balancer(one.attrs)
            for one in list(self._backend.load_balancers.values())
        }
        told |= {
            one.arn: unsupported_attributes.of_group(one.attributes)
            for one in list(self._backend.target_groups.values())
        }
        warnings.update({arn: text for arn, text in told.items() if text})

    def _read(self, balancer: Any, record: Any, warnings: dict[str, str]) -> tuple[ListenerKey, Wanted]:
        connections = translate.connection_settings(balancer.attrs)
        targets: set[Key] = set()
        model = translate.listener(
            record,
            group_of=lambda arn: self._group(arn, targets, connections.idle_seconds),
            certificate_of=self._certificate_of,
            connections=connections,
            warnings=warnings,
        )
        return (record.arn, model.port), (model, frozenset(targets))

    def _group(self, arn: str, targets: set[Key], idle_seconds: float) -> TargetGroup:
        """The group with the targets in rotation, which are added to ``targets``."""
        record = self._backend.target_groups.get(arn)
        if record is None:
            raise Unsupported(f"Target group {arn} is gone.")
        chosen = self._registry.rotation(arn)
        targets |= {(arn, address) for address in chosen}
        ports = {address: self._addresses.port(address) for address in chosen}
        hosts = tuple(Target(host="127.0.0.1", port=port) for _, port in sorted(ports.items()) if port is not None)
        return target_group(record, targets=hosts, idle_seconds=idle_seconds)

    def _end(self, key: ListenerKey) -> None:
        self._ending[key] = asyncio.create_task(self._served.pop(key).close())

    def _in_service(self) -> frozenset[Key]:
        return frozenset().union(*(served.in_service for served in self._served.values()))

    def _tell(self, warnings: dict[str, str]) -> None:
        """Log each new warning once; problems of proxies have their own line."""
        problems = {arn for (arn, _), served in self._served.items() if served.problem}
        for arn, reason in warnings.items():
            if self._warnings.get(arn) != reason and arn not in problems:
                log.warning("%s: %s", arn, reason)
        self._warnings = warnings
