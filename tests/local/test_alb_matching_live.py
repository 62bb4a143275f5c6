"""The running proxy against the plain reading of AWS's rules, on the raw bytes of the path."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.alb.actions import FixedResponse
from tests.alb_matching import Request, decide
from tests.local.alb_support import Backend, Client, forward, group, listener, new_proxy, rule
from tests.unit.embedded.alb import alb_strategies as some

_RAW_PATHS = (
    "/mysfits/x/like",
    "/mysfits/x/y/like",
    "/mysfits//like",
    "/mysfits/like",
    "/mysfits/x/Like",
    "/MYSFITS/x/like",
    "/mysfits/x/lik%65",
    "/mysfits/x/lik%45",
    "/mysfits/x%2flike",
    "/mysfits/x%2Flike",
    "/mysfits/x%2f/like",
    "//mysfits/x/like",
    "/mysfits/x//like",
    "/mysfits/x;v=1/like",
    "/mysfits/x/like;v=1",
    "/mysfits/../mysfits/x/like",
    "/mysfits/x/../like",
    "/mysfits/x/./like/.",
    "/mysfits/x/like/",
    "/mysfits/x/like?y=z",
    "/mysfits/x?y=/like",
    "/mysfits/x%3F/like",
    "/mysfits/*/like",
    "/mysfits/%/like",
    "/mysfits/100%",
    "/mysfits/%zz/like",
    "/mysfits/%00/like",
    "/mysfits/\\/like",
    "/mysfits/x/like?",
    '/mysfits/{x}|^`<>"/like',
)


def test_live_decisions_are_those_of_the_plain_reading(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)

    async def check(data: st.DataObject) -> None:
        wanted = data.draw(some.listeners(port=proxy.port))
        await proxy.apply(wanted)
        source = data.draw(some.sources)
        async with Client.to(proxy.port, source=source) as client:
            for drawn in data.draw(st.lists(some.near(wanted), min_size=4, max_size=12)):
                request = replace(drawn, source=source)
                headers = [f"{name}: {value}" for name, value in request.headers]
                answer = await client.ask(request.target, method=request.method, host=request.host, headers=headers)
                decided = decide(wanted, request)
                assert isinstance(decided, FixedResponse)
                assert answer.body.decode() == decided.body, request

    with asyncio.Runner() as runner:

        @settings(max_examples=120, deadline=None)
        @given(st.data())
        def agrees(data: st.DataObject) -> None:
            runner.run(check(data))

        runner.run(proxy.start())
        try:
            agrees()
        finally:
            runner.run(proxy.close())


async def test_raw_path_decides_and_is_forwarded_byte_for_byte(tmp_path: Path) -> None:
    async with Backend("like") as like, Backend("monolith") as monolith, new_proxy(tmp_path) as proxy:
        to_like, to_monolith = forward((group("like", like), 1)), forward((group("monolith", monolith), 1))
        wanted = listener(proxy, rule(1, "/mysfits/*/like", to_like), default=to_monolith)
        await proxy.apply(wanted)
        async with Client.to(proxy.port) as client:
            for path in _RAW_PATHS:
                decided = "like" if decide(wanted, Request(target=path)) == to_like else "monolith"
                assert (await client.ask(path)).body.decode() == decided, path
                seen = (like if decided == "like" else monolith).requests[-1]
                assert seen.start == f"GET {path} HTTP/1.1"
    assert {len(like.requests) > 5, len(monolith.requests) > 5} == {True}


def test_any_visible_target_is_forwarded_byte_for_byte(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)

    async def start(backend: Backend) -> None:
        await backend.__aenter__()
        await proxy.start()
        await proxy.apply(listener(proxy, default=forward((group("any", backend), 1))))

    async def check(backend: Backend, target: str) -> None:
        async with Client.to(proxy.port) as client:
            assert (await client.ask(target)).status == 200
        assert backend.requests.pop().request_target == target

    with asyncio.Runner() as runner:
        backend = Backend("any")

        @settings(max_examples=150, deadline=None)
        @given(st.one_of(some.targets, st.text(alphabet=some.VISIBLE, max_size=40).map("/".__add__)))
        def arrives(target: str) -> None:
            runner.run(check(backend, target))

        runner.run(start(backend))
        try:
            arrives()
        finally:
            runner.run(proxy.close())
            runner.run(backend.stop())


@pytest.mark.parametrize("target", ["/caf\xe9", "/a#b", "/a\tb"])
async def test_target_that_no_client_may_send_is_refused_and_never_routed(tmp_path: Path, target: str) -> None:
    async with Backend("any") as backend, new_proxy(tmp_path) as proxy:
        await proxy.apply(listener(proxy, default=forward((group("any", backend), 1))))
        async with Client.to(proxy.port) as client:
            assert (await client.ask(target)).status == 400
        assert backend.requests == []
