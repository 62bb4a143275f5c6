"""Redirects, answers of the load balancer's own and stickiness, as the running proxy does them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.alb.actions import FixedResponse, Redirect, Unserved
from embedded.alb.conditions import HttpHeader, PathPattern
from embedded.alb.model import Rule
from embedded.alb.targets import TargetGroup, TargetStickiness
from tests.alb_matching import Request, location
from tests.local.alb_support import (
    NOT_FOUND,
    Backend,
    Client,
    Message,
    forward,
    group,
    listener,
    new_proxy,
    read_message,
    rule,
)
from tests.unit.embedded.alb import alb_strategies as some

_STATUSES: tuple[Literal[301, 302], ...] = (301, 302)
redirects = st.builds(
    Redirect,
    status=st.sampled_from(_STATUSES),
    protocol=st.sampled_from(("HTTP", "HTTPS", "#{protocol}")),
    host=st.sampled_from(("#{host}", "www.#{host}", "example.com")),
    port=st.sampled_from(("#{port}", "443", "8081")),
    path=st.sampled_from(("/#{path}", "/new/#{path}", "/", "/#{host}/#{port}/#{path}", "/100%/%REQ(x)%")),
    query=st.sampled_from(
        ("#{query}", "", "a=b", "#{query}&value=xyz", "u=#{protocol}://#{host}:#{port}/#{path}?#{query}")
    ),
)


def test_redirects_lead_where_the_plain_reading_leads(tmp_path: Path) -> None:
    proxy = new_proxy(tmp_path)

    async def check(redirect: Redirect, requests: list[Request]) -> None:
        await proxy.apply(listener(proxy, rule(1, "/*", redirect)))
        async with Client.to(proxy.port) as client:
            for request in requests:
                answer = await client.ask(request.target, method=request.method, host=request.host, body=b"x")
                assert answer.status == redirect.status
                assert answer.header("location") == location(redirect, request, port=proxy.port), request

    with asyncio.Runner() as runner:

        @settings(max_examples=60, deadline=None)
        @given(redirects, st.lists(some.requests, min_size=2, max_size=6))
        def agrees(redirect: Redirect, requests: list[Request]) -> None:
            runner.run(check(redirect, requests))

        runner.run(proxy.start())
        try:
            agrees()
        finally:
            runner.run(proxy.close())


async def test_redirect_answers_as_the_load_balancer_does(tmp_path: Path) -> None:
    async with new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        await proxy.apply(listener(proxy, default=Redirect(status=302, protocol="HTTPS", port="443")))
        answer = await client.ask("/a?b=c", host="example.com")
        assert (answer.status, answer.header("server")) == (302, "awselb/2.0")
        assert answer.header("location") == "https://example.com:443/a?b=c"
        assert (answer.header("content-type"), b"302 Found" in answer.body) == ("text/html", True)


async def test_rule_that_cannot_be_served_answers_501_with_its_reason_and_leaves_the_others_alone(
    tmp_path: Path,
) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        reason = "No 100% match for Lambda."
        rules = rule(1, "/lambda", Unserved(reason=reason)), rule(2, "/a", forward((group("a", a), 1)))
        await proxy.apply(listener(proxy, *rules))
        answer = await client.ask("/lambda", method="POST", body=b"x")
        assert (answer.status, answer.body.decode()) == (501, f"{reason}\n")
        assert answer.header("content-type") == "text/plain"
        assert (await client.ask("/a")).body == b"a"
        assert (await client.ask("/other")).status == 404


async def test_route_that_repeated_headers_lead_to_has_its_filters(tmp_path: Path) -> None:
    """The route is chosen anew after the filters were made for the first one, which joined lines lead to."""
    async with Backend("a") as a, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        joined = Rule(priority=1, conditions=(HttpHeader(name="X-Key", values=("a,c",)),), action=NOT_FOUND)
        fixed = FixedResponse(status=409, body="fixed")
        alone = Rule(priority=2, conditions=(HttpHeader(name="X-Key", values=("b",)),), action=fixed)
        await proxy.apply(listener(proxy, joined, alone, default=forward((_sticky("a", a), 1))))
        for _ in range(2):
            client.writer.write(b"POST / HTTP/1.1\r\nHost: test\r\nX-Key: a\r\nX-Key: b\r\nContent-Length: 4\r\n\r\nab")
            await client.writer.drain()
            early = asyncio.create_task(read_message(client.reader))
            assert (await _is_answered_within(early, 0.1)) is False, "answered before the request has arrived"
            client.writer.write(b"cd")
            answer = await early
            assert (answer.status, answer.body) == (409, b"fixed")
        assert (await client.ask("/", headers=("X-Key: a,c",))).status == 404
        answer = await client.ask("/", headers=("X-Key: a", "X-Key: c"))
        assert (answer.body, len(_cookies(answer))) == (b"a", 2)


async def _is_answered_within(answer: asyncio.Task[Message], seconds: float) -> bool:
    done, _ = await asyncio.wait({answer}, timeout=seconds)
    return bool(done)


def _sticky(name: str, *backends: Backend, app_cookie: str | None = None, seconds: int = 60) -> TargetGroup:
    stickiness = TargetStickiness(seconds=seconds, app_cookie=app_cookie)
    return replace(group(name, *backends), stickiness=stickiness)


def _cookies(answer: Message) -> dict[str, str]:
    """``Set-Cookie`` lines by the cookie's name."""
    lines = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    return {line.partition("=")[0]: line.partition("=")[2] for line in lines}


def _cookie_header(answer: Message, *names: str) -> str:
    found = _cookies(answer)
    return "Cookie: " + "; ".join(f"{name}={found[name].partition(';')[0]}" for name in names or found)


async def test_client_with_the_balancers_cookie_stays_with_its_target(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        await proxy.apply(listener(proxy, default=forward((_sticky("g", a, b), 1))))
        assert Counter([(await client.ask("/")).body for _ in range(10)]) == {b"a": 5, b"b": 5}
        first = await client.ask("/")
        assert list(_cookies(first)) == ["AWSALB", "AWSALBCORS"]
        assert _cookies(first)["AWSALB"].endswith("; Max-Age=60; Path=/")
        assert _cookies(first)["AWSALBCORS"].endswith("; Max-Age=60; Path=/; SameSite=None")
        for name in ("AWSALB", "AWSALBCORS"):
            cookie = _cookie_header(first, name)
            answers = [await client.ask("/", headers=("Cookie: x=y", cookie)) for _ in range(6)]
            assert {answer.body for answer in answers} == {first.body}
            assert all(_cookies(answer) == _cookies(first) for answer in answers), "each answer begins the time anew"
        [left] = [each for each in (a, b) if each.name.encode() != first.body]
        await proxy.apply(listener(proxy, default=forward((_sticky("g", left), 1))))
        moved = await client.ask("/", headers=(_cookie_header(first),))
        assert (moved.body, _cookies(moved) != _cookies(first)) == (left.name.encode(), True)
        assert all("x-alb" not in name.lower() for each in (a, b) for seen in each.requests for name, _ in seen.headers)


@pytest.mark.parametrize("cookie", ["AWSALB=", "AWSALB=nonsense", "AWSALB=127.0.0.1:1", "=;;,", "AWSALB"])
async def test_odd_cookie_does_no_harm(tmp_path: Path, cookie: str) -> None:
    async with Backend("a") as a, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        await proxy.apply(listener(proxy, default=forward((_sticky("g", a), 1))))
        assert (await client.ask("/", headers=(f"Cookie: {cookie}",))).body == b"a"


async def test_session_of_the_application_begins_with_its_cookie(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        await proxy.apply(listener(proxy, default=forward((_sticky("g", a, b, app_cookie="session"), 1))))
        assert _cookies(await client.ask("/")) == {}
        a.headers = b.headers = ("Set-Cookie: other=1", "Set-Cookie: session=42; HttpOnly")
        first = await client.ask("/")
        assert list(_cookies(first)) == ["other", "session", "AWSALBAPP-0"]
        a.headers = b.headers = ()
        both = _cookie_header(first, "AWSALBAPP-0", "session")
        answers = [await client.ask("/", headers=(both,)) for _ in range(6)]
        assert {answer.body for answer in answers} == {first.body}
        assert all(list(_cookies(answer)) == ["AWSALBAPP-0"] for answer in answers)
        alone = [await client.ask("/", headers=(_cookie_header(first, "AWSALBAPP-0"),)) for _ in range(4)]
        assert {answer.body for answer in alone} == {b"a", b"b"}, "without the application's cookie nothing sticks"


async def test_client_stays_with_its_group_whatever_the_weights_become(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, new_proxy(tmp_path) as proxy, Client.to(proxy.port) as client:
        weights = forward((group("a", a), 1), (group("b", b), 0))
        await proxy.apply(listener(proxy, default=replace(weights, sticky_seconds=30)))
        first = await client.ask("/")
        assert (first.body, list(_cookies(first))) == (b"a", ["AWSALBTG", "AWSALBTGCORS"])
        assert _cookies(first)["AWSALBTG"].endswith("; Max-Age=30; Path=/")
        turned = forward((group("a", a), 0), (group("b", b), 1))
        await proxy.apply(listener(proxy, default=replace(turned, sticky_seconds=30)))
        for name in ("AWSALBTG", "AWSALBTGCORS"):
            stays = await client.ask("/", headers=(f"{_cookie_header(first, name)}; x=y",))
            assert (stays.body, _cookies(stays)) == (b"a", _cookies(first))
        assert (await client.ask("/", headers=("Cookie: AWSALBTG=nonsense",))).body == b"b"
        assert (await client.ask("/")).body == b"b"
        await proxy.apply(listener(proxy, default=replace(forward((group("b", b), 1)), sticky_seconds=30)))
        assert (await client.ask("/", headers=(_cookie_header(first),))).body == b"b", "the group has left the rule"


async def test_group_and_target_stickiness_work_together(tmp_path: Path) -> None:
    async with Backend("a") as a, Backend("b") as b, Backend("c") as c, new_proxy(tmp_path) as proxy:
        both = forward((_sticky("ab", a, b), 1), (_sticky("c", c), 1))
        path = Rule(priority=1, conditions=(PathPattern(values=("/*",)),), action=replace(both, sticky_seconds=60))
        await proxy.apply(listener(proxy, path))
        async with Client.to(proxy.port) as client:
            for _ in range(4):
                first = await client.ask("/")
                assert len(_cookies(first)) == 4
                answers = [await client.ask("/", headers=(_cookie_header(first),)) for _ in range(4)]
                assert {answer.body for answer in answers} == {first.body}
