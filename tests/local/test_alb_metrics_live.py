"""What the load balancer counts of live requests."""

from __future__ import annotations

import asyncio
from pathlib import Path

from embedded.alb.model import ConnectionSettings
from embedded.alb.targets import Target, TargetGroup
from tests.local.alb_support import (
    Backend,
    Client,
    Message,
    forward,
    group,
    listener,
    new_proxy,
    read_head,
    rule,
)
from tests.support import quiet_port


async def test_metrics_count_requests_errors_and_latency_of_each_group(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy:
        dead = TargetGroup(name="dead", targets=(Target(host="127.0.0.1", port=quiet_port()),))
        rules = (rule(1, "/b*", forward((group("b", b), 1))), rule(2, "/dead", forward((dead, 1))))
        await proxy.apply(listener(proxy, *rules, default=forward((group("a", a), 1))))
        async with Client.to(proxy.port) as client:

            async def ask(count: int, target: str) -> list[Message]:
                return [await client.ask(target) for _ in range(count)]

            await ask(20, "/")
            await ask(7, "/b")
            await ask(3, "/dead")
            before = await proxy.metrics()
            counted = {
                name: (each.requests, each.connection_errors, each.target_codes, each.own_codes)
                for name, each in before.items()
            }
            assert counted == {
                "a": (20, 0, {200: 20}, {}),
                "b": (7, 0, {200: 7}, {}),
                "dead": (3, 3, {}, {502: 3}),
            }
            # Other targets, same group: the count goes on.
            await proxy.apply(listener(proxy, *rules, default=forward((group("a", b), 1))))
            await ask(5, "/")
            after = await proxy.metrics()
            while sum(count for _, count in after["a"].latency_ms[-1:]) < 25:  # the worker hands them over in its time
                after = await proxy.metrics()
        window = after["a"].since(before["a"])
        assert (window.requests, window.target_codes, window.in_flight) == (5, {200: 5}, 0)
        assert 0 < (after["a"].quantile_ms(0.99) or 0) <= 1000


async def test_metrics_tell_answers_of_targets_from_the_load_balancers_own(tmp_path: Path) -> None:
    """A target that answers 503, one that closes, one that is silent, none at all, and an impatient client."""

    async def answers_503(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.close()

    servers = {
        name: await asyncio.start_server(serve, "127.0.0.1", 0)
        for name, serve in (("busy", answers_503), ("lost", closes))
    }
    targets: dict[str, tuple[Target, ...]] = {
        name: (Target(host="127.0.0.1", port=server.sockets[0].getsockname()[1]),) for name, server in servers.items()
    }
    async with Backend("silent") as silent, new_proxy(tmp_path) as proxy:
        targets |= {"silent": (silent.target,), "none": ()}
        rules = [
            rule(number, f"/{name}*", forward((TargetGroup(name=name, targets=each), 1)))
            for number, (name, each) in enumerate(targets.items(), start=1)
        ]
        await proxy.apply(listener(proxy, *rules, connections=ConnectionSettings(idle_seconds=0.5)))
        async with Client.to(proxy.port) as client:
            statuses = [(await client.ask(f"/{name}/wait")).status for name in targets]
        assert statuses == [503, 502, 504, 503]
        silent.asked.clear()
        async with Client.to(proxy.port) as client:
            client.write("/silent/wait")
            await silent.asked.wait()
        counted = await proxy.metrics()
        while 460 not in counted["silent"].own_codes:
            counted = await proxy.metrics()
        silent.release.set()
    for server in servers.values():
        server.close()
    assert {name: (each.requests, each.target_codes, each.own_codes) for name, each in counted.items()} == {
        "busy": (1, {503: 1}, {}),
        "lost": (1, {}, {502: 1}),
        "silent": (2, {}, {504: 1, 460: 1}),
        "none": (0, {}, {503: 1}),
    }
