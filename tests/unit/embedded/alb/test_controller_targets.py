"""What ECS and DescribeTargetHealth see of targets, and how listeners share ports, proxies and counts."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from embedded.alb.actions import FixedResponse, Forward
from embedded.alb.controller import AlbController
from embedded.alb.metrics import GroupMetrics
from embedded.alb.model import Listener
from embedded.alb.proxy import EnvoyProxy
from embedded.network import Addresses
from tests.unit.embedded.alb.no_certificates import no_certificate

GROUP, ADDRESS = "arn:group", "10.0.0.1"


class Proxy:
    """Takes whatever it is given; counts two requests a group."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.applied: list[Listener] = []
        self.closing = asyncio.Event()
        self.closing.set()

    async def start(self) -> None:
        self.pid = 1

    async def apply(self, listener: Listener) -> None:
        self.applied.append(listener)

    async def metrics(self) -> dict[str, GroupMetrics]:
        return {group.name: GroupMetrics(sent=2) for one in self.applied[-1:] for group in one.groups()}

    async def close(self) -> None:
        await self.closing.wait()
        self.pid = None


class Group(SimpleNamespace):
    """A target group as moto has it."""

    def __init__(self, arn: str = GROUP) -> None:
        super().__init__(
            arn=arn,
            name=arn.removeprefix("arn:"),
            protocol="HTTP",
            protocol_version=None,
            target_type="ip",
            targets={},
            attributes={"deregistration_delay.timeout_seconds": "0"},
        )

    def register(self, targets: list[dict[str, Any]]) -> None:
        self.targets.update({target["Id"]: target for target in targets})

    def deregister(self, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            del self.targets[target["Id"]]


def listener(arn: str, port: int, *groups: str) -> SimpleNamespace:
    data: dict[str, Any] = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    if groups:
        data = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group} for group in groups]}}
    return SimpleNamespace(arn=arn, port=port, protocol="HTTP", rules={}, default_actions=[SimpleNamespace(data=data)])


class Bench:
    """A controller of one load balancer and one target group, with a proxy for each port."""

    def __init__(self, *listeners: SimpleNamespace, **attributes: str) -> None:
        self.proxies: dict[int, Proxy] = {}
        self.addresses = Addresses()
        self.port = self.addresses.claim(ADDRESS)
        self.listeners = {one.arn: one for one in listeners}
        self.groups = {GROUP: Group()}
        balancer = SimpleNamespace(arn="arn:one", attrs=attributes, listeners=self.listeners)
        self.controller = AlbController(addresses=self.addresses, make_proxy=self._make, certificate_of=no_certificate)
        self.controller.follow(SimpleNamespace(load_balancers={"one": balancer}, target_groups=self.groups))

    def _make(self, port: int) -> EnvoyProxy:
        return cast("EnvoyProxy", self.proxies.setdefault(port, Proxy()))

    async def settle(self) -> None:
        """Steps until nothing changes any more."""
        for _ in range(3):
            self.controller.step()
            for served in self.controller._served.values():
                await served.settled()

    def targets(self) -> list[tuple[str, int]]:
        """Host and port of every target that the proxy of port 80 has."""
        return [(one.host, one.port) for group in self.proxies[80].applied[-1].groups() for one in group.targets]

    def check(self, *, ok: bool = True) -> None:
        """The outcome of the target's first check."""
        health = self.controller._registry._health[GROUP, ADDRESS]
        health.state = "healthy" if ok else "unhealthy"


async def test_a_registered_target_is_healthy_once_a_proxy_sends_it_requests() -> None:
    bench = Bench(listener("a", 80, GROUP))
    assert bench.controller.state(GROUP, ADDRESS) is None
    bench.controller.register(GROUP, ADDRESS, 8080)
    assert bench.controller.known(GROUP) == [(ADDRESS, 8080)]
    await bench.settle()
    assert bench.controller.state(GROUP, ADDRESS) == "initial"
    bench.check()
    assert bench.controller.state(GROUP, ADDRESS) == "initial", "no proxy has it yet"
    await bench.settle()
    assert bench.controller.state(GROUP, ADDRESS) == "healthy"
    assert bench.targets() == [("127.0.0.1", bench.port)]


async def test_a_deregistered_target_drains_until_no_proxy_has_it() -> None:
    bench = Bench(listener("a", 80, GROUP))
    bench.controller.register(GROUP, ADDRESS, 8080)
    bench.check()
    await bench.settle()
    bench.controller.deregister(GROUP, ADDRESS)
    assert bench.controller.state(GROUP, ADDRESS) == "draining"
    await bench.settle()
    assert bench.targets() == []
    bench.controller.deregister(GROUP, ADDRESS)
    bench.controller._registry.notice(in_service=frozenset())
    assert bench.controller.state(GROUP, ADDRESS) is None


async def test_a_group_or_target_that_is_gone_is_no_error() -> None:
    bench = Bench()
    bench.controller.register("arn:gone", ADDRESS, 80)
    bench.controller.deregister("arn:gone", ADDRESS)
    bench.controller.deregister(GROUP, "10.9.9.9")
    assert bench.controller.known("arn:gone") == []
    assert bench.controller.status(GROUP, ADDRESS) is None


async def test_a_target_whose_task_has_ended_is_in_no_proxy() -> None:
    bench = Bench(listener("a", 80, GROUP))
    bench.controller.register(GROUP, ADDRESS, 8080)
    bench.check()
    bench.addresses.release(ADDRESS)
    await bench.settle()
    assert bench.targets() == []


async def test_a_rule_to_a_group_that_is_gone_is_told_with_its_listener() -> None:
    bench = Bench(listener("a", 80, "arn:gone"), listener("b", 81))
    await bench.settle()
    assert bench.controller.warnings() == ("a: Target group arn:gone is gone.",)
    assert bench.proxies[81].applied[-1].default == FixedResponse(status=200)


async def test_a_groups_idle_time_is_that_of_its_load_balancer() -> None:
    bench = Bench(listener("a", 80, GROUP), **{"idle_timeout.timeout_seconds": "7"})
    await bench.settle()
    model = bench.proxies[80].applied[-1]
    assert isinstance(model.default, Forward)
    assert model.default.groups[0].group.idle_seconds == 7.0
    assert model.connections.idle_seconds == 7.0


async def test_counts_of_one_group_behind_several_listeners_are_added_up() -> None:
    other = "arn:other"
    bench = Bench(listener("a", 80, GROUP), listener("b", 81, GROUP, other))
    bench.groups[other] = Group(other)
    await bench.settle()
    counted = await bench.controller.metrics()
    assert {name: one.requests for name, one in counted.items()} == {"group": 4, "other": 2}


async def test_a_port_is_carried_while_its_proxy_runs() -> None:
    bench = Bench(listener("a", 80))
    assert not bench.controller.serves(80)
    await bench.settle()
    assert bench.controller.serves(80)
    assert not bench.controller.serves(81)
    bench.proxies[80].pid = None
    assert not bench.controller.serves(80)


async def test_a_port_is_served_anew_only_when_its_former_proxy_has_ended() -> None:
    bench = Bench(listener("a", 80))
    await bench.settle()
    former = bench.proxies.pop(80)
    former.closing.clear()
    del bench.listeners["a"]
    bench.listeners["b"] = listener("b", 80)
    await bench.settle()
    assert bench.proxies == {}
    former.closing.set()
    await asyncio.sleep(0)
    await bench.settle()
    assert former.pid is None
    assert bench.proxies[80].pid == 1


async def test_a_listener_that_moves_to_another_port_leaves_its_old_one() -> None:
    bench = Bench(listener("a", 80))
    await bench.settle()
    bench.listeners["a"].port = 81
    await bench.settle()
    await asyncio.gather(*bench.controller._ending.values())
    assert (bench.proxies[80].pid, bench.proxies[81].pid) == (None, 1)


async def test_after_the_end_every_proxy_is_closed_and_nobody_waits_for_draining() -> None:
    bench = Bench(listener("a", 80, GROUP), listener("b", 81))
    bench.controller.register(GROUP, ADDRESS, 8080)
    bench.check()
    await bench.settle()
    await bench.controller.close()
    assert [proxy.pid for proxy in bench.proxies.values()] == [None, None]
    assert bench.controller.state(GROUP, ADDRESS) is None
    assert bench.controller.status(GROUP, ADDRESS) is not None


async def test_a_warning_is_logged_once_and_again_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(listener("a", 80, "arn:gone"))
    with caplog.at_level("WARNING"):
        await bench.settle()
        assert [record.getMessage() for record in caplog.records] == ["a: Target group arn:gone is gone."]
        bench.listeners["a"].default_actions[0].data["ForwardConfig"]["TargetGroups"] = [{"TargetGroupArn": "arn:x"}]
        await bench.settle()
    assert [record.getMessage() for record in caplog.records][1:] == ["a: Target group arn:x is gone."]


async def test_the_loop_checks_targets_until_it_is_cancelled() -> None:
    bench = Bench(listener("a", 80, GROUP))
    bench.controller.register(GROUP, ADDRESS, 8080)
    loop = asyncio.create_task(bench.controller.run())
    await asyncio.sleep(0)
    assert bench.controller._registry._probes
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert not bench.controller._registry._probes
    await bench.controller.close()


async def test_attributes_that_have_no_effect_are_told_with_their_load_balancer_or_group() -> None:
    bench = Bench(listener("a", 80, GROUP), **{"access_logs.s3.enabled": "true", "idle_timeout.timeout_seconds": "30"})
    bench.groups[GROUP].attributes["slow_start.duration_seconds"] = "60"
    await bench.settle()
    assert bench.controller.warnings() == (
        "arn:one: Here access logs are not written.",
        "arn:group: Here slow start has no effect.",
    )
