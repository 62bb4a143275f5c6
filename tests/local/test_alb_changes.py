"""Changes of routes, weights and targets: complete when apply returns, and nobody's connection or request is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from embedded.alb.actions import FixedResponse
from embedded.alb.model import ConnectionSettings, Listener
from embedded.alb.proxy import EnvoyProxy
from embedded.alb.targets import TargetGroup
from tests.local.alb_support import Backend, Client, forward, group, listener, new_proxy, rule

_CLIENTS = 16
_CHANGES = 24
_REQUESTS_BETWEEN_CHANGES = 150


class Load:
    """Keep-alive clients that ask without pause until told to stop, each on the one connection it began with."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = asyncio.Event()
        self._grown = asyncio.Condition()
        self.answers: Counter[tuple[str, int]] = Counter()

    async def client(self, number: int) -> None:
        async with Client.to(self._port) as client:
            while not self._stop.is_set():
                for method, body in (("GET", b""), ("POST", b"x" * 100)):
                    answer = await client.ask(f"/mysfits/{number}/like", method=method, body=body)
                    self.answers[method, answer.status] += 1
                async with self._grown:
                    self._grown.notify_all()

    async def grow(self, count: int) -> None:
        """Return after ``count`` more answers."""
        wanted = self.answers.total() + count
        async with self._grown:
            await self._grown.wait_for(lambda: self.answers.total() >= wanted)

    def stop(self) -> None:
        self._stop.set()


def _changes(proxy: EnvoyProxy, a: Backend, b: Backend, c: Backend) -> Iterator[Listener]:
    """Routes, weights and targets in turn; a request finds a target in each."""
    only_a, both, only_c = group("monolith", a), group("monolith", a, b), group("like", c)
    like = "/mysfits/*/like"
    return cycle(
        (
            listener(proxy, default=forward((both, 1))),
            listener(proxy, rule(5, like, forward((both, 100), (only_c, 0))), default=forward((both, 1))),
            listener(proxy, rule(5, like, forward((both, 50), (only_c, 50))), default=forward((both, 1))),
            listener(proxy, rule(5, like, forward((only_a, 10), (only_c, 90))), default=forward((only_a, 1))),
            listener(proxy, rule(1, "/*", forward((only_c, 1))), default=FixedResponse(status=500)),
            listener(proxy, rule(2, "/mysfits/?/like", forward((only_c, 1))), default=forward((only_a, 1))),
        )
    )


async def test_changes_under_load_close_no_connection_and_fail_no_request(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        a, b, c = [await stack.enter_async_context(Backend(name)) for name in "abc"]
        proxy = await stack.enter_async_context(new_proxy(tmp_path))
        changes = _changes(proxy, a, b, c)
        await proxy.apply(next(changes))
        load = Load(proxy.port)
        async with asyncio.TaskGroup() as tasks:
            for number in range(_CLIENTS):
                tasks.create_task(load.client(number))  # a closed connection raises and fails the test
            for _ in range(_CHANGES):
                await load.grow(_REQUESTS_BETWEEN_CHANGES)
                await proxy.apply(next(changes))
            await load.grow(_REQUESTS_BETWEEN_CHANGES)
            load.stop()
    assert set(load.answers) == {("GET", 200), ("POST", 200)}
    assert load.answers.total() >= _CHANGES * _REQUESTS_BETWEEN_CHANGES
    arrived = Counter(request.start.split()[0] for backend in (a, b, c) for request in backend.requests)
    assert arrived["POST"] == load.answers["POST", 200], "a POST was sent twice or answered by nobody"


async def test_replaced_targets_that_exit_after_the_change_cost_no_request(tmp_path: Path) -> None:
    """A rolling deployment, ten times: new target in, old one out, old one gone with its idle connections."""
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(Backend("0"))
        proxy = await stack.enter_async_context(new_proxy(tmp_path))
        await proxy.apply(listener(proxy, default=forward((group("monolith", old), 1))))
        load = Load(proxy.port)
        async with asyncio.TaskGroup() as tasks:
            for number in range(_CLIENTS):
                tasks.create_task(load.client(number))
            for number in range(10):
                new = await stack.enter_async_context(Backend(str(number + 1)))
                await proxy.apply(listener(proxy, default=forward((group("monolith", old, new), 1))))
                await load.grow(100)
                await proxy.apply(listener(proxy, default=forward((group("monolith", new), 1))))
                await load.grow(2 * _CLIENTS)  # each client has its answer from the old target by then
                await old.stop()
                old = new
            await load.grow(100)
            load.stop()
    assert set(load.answers) == {("GET", 200), ("POST", 200)}


async def test_target_gets_nothing_that_is_sent_after_it_left(tmp_path: Path) -> None:
    async with Backend("stays") as stays, Backend("leaves") as leaves, new_proxy(tmp_path) as proxy:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(Client.to(proxy.port)) for _ in range(8)]
            for turn in range(10):
                await proxy.apply(listener(proxy, default=forward((group("g", stays, leaves), 1))))
                await asyncio.gather(*(client.ask(f"/{turn}/before") for client in clients))
                await proxy.apply(listener(proxy, default=forward((group("g", stays), 1))))
                answers = await asyncio.gather(*(client.ask(f"/{turn}/after") for client in clients))
                assert {answer.body for answer in answers} == {b"stays"}
        assert {request.request_target.rsplit("/", 1)[1] for request in leaves.requests} == {"before"}


async def test_first_request_after_apply_follows_the_new_weights(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        for _ in range(100):
            for heavy, light in ((a, b), (b, a)):
                weights = (group(heavy.name, heavy), 1), (group(light.name, light), 0)
                await proxy.apply(listener(proxy, default=forward(*weights)))
                assert (await client.ask("/")).body.decode() == heavy.name


async def test_request_under_way_ends_on_the_target_that_left(tmp_path: Path) -> None:
    async with Backend("old") as old, Backend("new") as new, new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy, default=forward((group("g", old), 1))))
        async with Client.to(proxy.port) as slow, Client.to(proxy.port) as quick:
            waiting = asyncio.create_task(slow.ask("/wait", method="POST", body=b"x"))
            await old.asked.wait()
            await proxy.apply(listener(proxy, default=forward((group("g", new), 1))))
            await proxy.apply(listener(proxy, rule(1, "/x", NOTHING), default=forward((group("other", new), 1))))
            assert (await quick.ask("/")).body == b"new"
            old.release.set()
            assert (await waiting).body == b"old"
            assert (await slow.ask("/")).body == b"new"


NOTHING = FixedResponse(status=404)


async def _tally(proxy: EnvoyProxy, count: int) -> Counter[str]:
    async with Client.to(proxy.port) as client:
        return Counter([(await client.ask("/")).body.decode() for _ in range(count)])


async def test_weights_share_the_requests(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy:

        async def tally(weight_a: int, weight_b: int, count: int) -> Counter[str]:
            await proxy.apply(listener(proxy, default=forward((group("a", a), weight_a), (group("b", b), weight_b))))
            return await _tally(proxy, count)

        assert await tally(100, 0, 200) == {"a": 200}
        assert await tally(0, 100, 200) == {"b": 200}
        assert await tally(0, 1, 50) == {"b": 50}
        assert 130 <= (await tally(50, 50, 400))["a"] <= 270  # seven standard deviations either side
        assert 10 <= (await tally(90, 10, 400))["b"] <= 85


async def test_targets_of_a_group_take_turns(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy, default=forward((group("g", a, b), 1))))
        assert await _tally(proxy, 100) == {"a": 50, "b": 50}


async def test_group_without_targets_and_weights_of_zero_answer_503(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        async with Client.to(proxy.port) as client:
            assert (await client.ask("/")).status == 503, "before the first apply"
            await proxy.apply(listener(proxy, default=forward((group("empty"), 1))))
            answer = await client.ask("/")
            assert (answer.status, answer.header("content-type")) == (503, "text/html")
            await proxy.apply(listener(proxy, default=forward((group("a", a), 0))))
            assert (await client.ask("/")).status == 503
            await proxy.apply(listener(proxy, default=forward((group("a", a), 1))))
            assert (await client.ask("/")).status == 200
        assert len(a.requests) == 1


async def test_changed_connection_settings_fail_no_request_and_end_connections_with_an_answer(tmp_path: Path) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy:
        closings: Counter[str] = Counter()
        stop = asyncio.Event()
        answered = asyncio.Event()

        async def load() -> None:
            while not stop.is_set():
                async with Client.to(proxy.port) as client:
                    is_open = True
                    while is_open and not stop.is_set():
                        answer = await client.ask("/", method="POST", body=b"x")
                        assert answer.status == 200
                        answered.set()
                        is_open = answer.header("connection") != "close"
                    closings["closed" if not is_open else "stopped"] += 1

        def settings(turn: int) -> ConnectionSettings:
            return ConnectionSettings(idle_seconds=30 + turn % 2, drop_invalid_headers=turn % 2 == 0)

        group_a = TargetGroup(name="a", targets=(a.target,))
        await proxy.apply(listener(proxy, default=forward((group_a, 1)), connections=settings(0)))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(8):
                tasks.create_task(load())
            for turn in range(1, 9):
                changed = replace(group_a, idle_seconds=settings(turn).idle_seconds)
                await proxy.apply(listener(proxy, default=forward((changed, 1)), connections=settings(turn)))
                answered.clear()
                await answered.wait()
            stop.set()
    assert closings["closed"] >= 8, "connections with former settings stay for ever"
