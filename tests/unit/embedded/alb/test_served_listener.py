"""A listener's troubles are its own: told once, tried again after a pause, and no one else's."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from embedded.alb.actions import FixedResponse
from embedded.alb.controller import AlbController
from embedded.alb.metrics import GroupMetrics
from embedded.alb.model import Listener
from embedded.alb.proxy import EnvoyProxy, ProxyError
from embedded.alb.served_listener import RETRY_SECONDS, ServedListener
from embedded.network import Addresses
from tests.unit.embedded.alb.no_certificates import no_certificate

TARGETS = frozenset({("group", "10.0.0.1")})


def says(body: str, port: int = 80) -> Listener:
    return Listener(port=port, rules=(), default=FixedResponse(status=200, body=body))


class FakeProxy:
    """Fails while ``error`` is set."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.error: Exception | None = None
        self.applied: list[Listener] = []
        self.starts = self.ends = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def start(self) -> None:
        self.starts += 1
        await self.goes_on.wait()
        if self.error is not None:
            raise self.error
        self.pid = 1

    async def apply(self, listener: Listener) -> None:
        if self.error is not None:
            raise self.error
        self.applied.append(listener)

    async def metrics(self) -> dict[str, GroupMetrics]:
        return {"group": GroupMetrics(sent=1)}

    async def close(self) -> None:
        self.ends += 1
        self.pid = None


class Bench:
    """A listener with a fake proxy and a clock that stands still."""

    def __init__(self) -> None:
        self.proxy = FakeProxy()
        self.now = 0.0
        self.served = ServedListener(
            arn="arn", port=80, make_proxy=lambda _: cast("EnvoyProxy", self.proxy), clock=lambda: self.now
        )

    async def follow(self, model: Listener) -> None:
        self.served.follow(model, TARGETS)
        await self.served.settled()


async def test_targets_are_carried_once_the_proxy_follows() -> None:
    bench = Bench()
    bench.served.follow(says("a"), TARGETS)
    assert bench.served.in_service == frozenset()
    await bench.served.settled()
    assert (bench.served.in_service, bench.served.problem) == (TARGETS, "")


async def test_nothing_is_done_while_the_listener_says_the_same() -> None:
    bench = Bench()
    for body in ("a", "a", "b", "b"):
        await bench.follow(says(body))
    assert bench.proxy.applied == [says("a"), says("b")]
    assert bench.proxy.starts == 1


@pytest.mark.parametrize(
    ("error", "text", "has_traceback"),
    [
        (ProxyError("refused"), "refused", False),
        (OSError("taken"), "taken", False),
        (KeyError("odd"), "'odd'", True),
        (TypeError(), "TypeError", True),
    ],
)
async def test_a_failure_is_told_once_and_tried_again_after_a_pause(
    error: Exception, text: str, has_traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    bench.proxy.error = error
    with caplog.at_level(logging.ERROR):
        await bench.follow(says("a"))
        (told,) = caplog.records
        assert (told.getMessage(), bool(told.exc_info)) == (f"listener arn: {text}", has_traceback)
        bench.now = RETRY_SECONDS - 0.01
        await bench.follow(says("a"))
        assert bench.proxy.starts == 1
        bench.now = RETRY_SECONDS
        await bench.follow(says("a"))
    assert bench.proxy.starts == 2
    assert len(caplog.records) == 1
    assert bench.served.problem == text
    bench.proxy.error, bench.now = None, 2 * RETRY_SECONDS
    await bench.follow(says("a"))
    assert (bench.served.problem, bench.served.in_service) == ("", TARGETS)


async def test_a_refused_change_leaves_what_was_carried() -> None:
    bench = Bench()
    await bench.follow(says("a"))
    bench.proxy.error = ProxyError("refused")
    bench.served.follow(says("b"), frozenset())
    await bench.served.settled()
    assert (bench.served.in_service, bench.proxy.starts) == (TARGETS, 1)


async def test_a_proxy_that_ended_is_started_again() -> None:
    bench = Bench()
    await bench.follow(says("a"))
    bench.proxy.pid = None
    await bench.follow(says("a"))
    assert (bench.proxy.starts, bench.proxy.applied) == (2, [says("a"), says("a")])


async def test_another_failure_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    with caplog.at_level(logging.ERROR):
        for number, text in enumerate(("refused", "refused", "gone", "refused")):
            bench.proxy.error, bench.now = ProxyError(text), number * RETRY_SECONDS
            await bench.follow(says("a"))
    assert [one.getMessage().rpartition(" ")[2] for one in caplog.records] == ["refused", "gone", "refused"]


async def test_nothing_is_counted_while_no_proxy_runs() -> None:
    bench = Bench()
    assert await bench.served.metrics() == {}
    await bench.follow(says("a"))
    assert await bench.served.metrics() == {"group": GroupMetrics(sent=1)}
    bench.proxy.pid = None
    assert await bench.served.metrics() == {}


async def test_a_change_under_way_ends_with_its_listener() -> None:
    bench = Bench()
    bench.proxy.goes_on.clear()
    bench.served.follow(says("a"), TARGETS)
    await asyncio.sleep(0)
    assert bench.proxy.starts == 1
    await bench.served.close()
    bench.proxy.goes_on.set()
    await asyncio.sleep(0)
    assert (bench.proxy.applied, bench.served.in_service) == ([], frozenset())


async def test_a_closed_listener_has_no_proxy_and_may_be_closed_again() -> None:
    bench = Bench()
    await bench.follow(says("a"))
    assert bench.served.is_running
    for _ in range(2):
        await bench.served.close()
    assert not bench.served.is_running
    assert bench.proxy.ends == 1
    await Bench().served.close()


def record(arn: str, port: Any, body: str = "x") -> SimpleNamespace:
    config = {"StatusCode": "200", "MessageBody": body}
    action = SimpleNamespace(data={"Type": "fixed-response", "FixedResponseConfig": config})
    return SimpleNamespace(arn=arn, port=port, protocol="HTTP", rules={}, default_actions=[action])


class Balancers:
    """A controller of load balancers that each have the listeners they are given."""

    def __init__(self, *balancers: list[SimpleNamespace]) -> None:
        self.proxies: dict[int, FakeProxy] = {}
        self.controller = AlbController(addresses=Addresses(), make_proxy=self._make, certificate_of=no_certificate)
        self.backend = SimpleNamespace(load_balancers={}, target_groups={})
        for number, listeners in enumerate(balancers):
            by_arn = {each.arn: each for each in listeners}
            self.backend.load_balancers[str(number)] = SimpleNamespace(arn=f"lb-{number}", attrs={}, listeners=by_arn)
        self.controller.follow(self.backend)

    def _make(self, port: int) -> EnvoyProxy:
        return cast("EnvoyProxy", self.proxies.setdefault(port, FakeProxy()))

    async def step(self) -> tuple[str, ...]:
        """Two steps, of which the second sees what became of the first; the warnings then."""
        for _ in range(2):
            self.controller.step()
            for served in self.controller._served.values():
                await served.settled()
        self.controller.step()
        return self.controller.warnings()


async def test_the_first_listener_of_a_port_keeps_it() -> None:
    balancers = Balancers([], [record("owner", 80)])
    assert await balancers.step() == ()
    balancers.backend.load_balancers["0"].listeners["late"] = record("late", 80)
    (warning,) = await balancers.step()
    assert warning.startswith("late: Port 80 belongs to listener owner")
    assert balancers.proxies[80].applied[-1].default == FixedResponse(status=200, body="x")


async def test_a_listener_that_fails_or_cannot_be_read_leaves_the_others_alone() -> None:
    balancers = Balancers([record("odd", None), record("taken", 81), record("good", 80)])
    balancers.proxies[81] = FakeProxy()
    balancers.proxies[81].error = OSError("Port 81 is in use")
    first, second = await balancers.step()
    assert first.startswith("odd: Its records cannot be read")
    assert second == "taken: Port 81 is in use"
    assert balancers.proxies[80].pid == 1


async def test_a_listener_that_cannot_be_read_any_more_keeps_what_it_had() -> None:
    listener = record("a", 80)
    balancers = Balancers([listener])
    await balancers.step()
    listener.port = "eighty"
    (warning,) = await balancers.step()
    assert warning.startswith("a: Its records cannot be read")
    assert balancers.proxies[80].pid == 1
    listener.port = 80
    assert await balancers.step() == ()


async def test_a_listener_that_is_gone_is_closed() -> None:
    balancers = Balancers([record("a", 80)])
    await balancers.step()
    balancers.backend.load_balancers.clear()
    await balancers.step()
    await balancers.controller.close()
    assert balancers.proxies[80].pid is None
