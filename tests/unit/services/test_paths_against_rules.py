"""What the load balancer's rules decide for a raw path, against what the services' own routing does with it.

Whether a load balancer matches a path as sent or tidied up is documented nowhere, so both must hold: a handler is
reached by its one plain spelling only, and that spelling is the one for which the rules lead to this service.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

import pytest
import uvicorn
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from quart import Quart, Response
from uvicorn.server import ServerState

from embedded.alb.actions import FixedResponse, Forward, WeightedGroup
from embedded.alb.conditions import HttpHeader, HttpRequestMethod, PathPattern
from embedded.alb.model import Listener, Rule
from embedded.alb.targets import Target, TargetGroup
from mysfits.system import SYSTEM
from services.adopt.app import create_app as create_adopt_app
from services.facade.change_service import ChangeServiceSettings
from services.facade.monolith_facade import FacadeSettings
from services.kit.http_protocol import PlainTargetProtocol
from services.kit.server_settings import ServerSettings
from services.kit.service_app import json_response
from services.like.app import create_app as create_like_app
from services.monolith.settings import ROUTES as MONOLITH_ROUTES
from systems.rules import FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY, MONOLITH_RULE
from systems.system import Facade
from tests.alb_matching import Request, matching_rule
from tests.unit.services.memory_store import MemoryStore
from tests.unit.services.monolith.app_in_test import app_with

FACADE = cast(Facade, SYSTEM.facade)
PATHS_IN_ALL = 10_200
PATHS_AT_ONCE = 60
ID = "4e53920c-505a-4a90-a694-b9300791f0ae"

INTENDED = [("like", "like"), ("adopt", "adopt"), *(("monolith", route) for route in MONOLITH_ROUTES)]
"""Services and those of their handlers that paths must have led to."""

Reached = tuple[str, str]
"""Method and handler."""

ROUTES = [route for service in SYSTEM.images.values() for route in (*service.routes, *service.facade_routes)]
PLAIN = [route.at(**dict.fromkeys(route.arguments, ID)) for route in ROUTES] + ["/"]


def group(name: str) -> Forward:
    target_group = TargetGroup(name=name, targets=(Target(host="127.0.0.1", port=1),))
    return Forward(groups=(WeightedGroup(group=target_group, weight=1),))


def listener() -> Listener:
    """The rules of the stages in which every service has its own paths, as the stack has them."""
    facade, brings_key = PathPattern(values=(FACADE.pattern,)), HttpHeader(name=FACADE.key_header, values=("*",))
    own = [
        Rule(
            priority=rule.priority,
            conditions=(
                PathPattern(values=rule.path_patterns),
                *([HttpRequestMethod(values=rule.methods)] if rule.methods else []),
            ),
            action=group(name),
        )
        for name in SYSTEM.service_by_name
        for rule in SYSTEM.rules(name)
    ]
    rules = (
        *own,
        Rule(priority=FACADE_WITH_KEY_PRIORITY, conditions=(facade, brings_key), action=group("monolith")),
        Rule(priority=FACADE_WITHOUT_KEY_PRIORITY, conditions=(facade,), action=FixedResponse(status=403)),
        Rule(priority=MONOLITH_RULE.priority, conditions=(PathPattern(values=("/*",)),), action=group("monolith")),
    )
    return Listener(port=80, rules=rules, default=FixedResponse(status=404))


RULES = listener()


def led_to(target: str, *, method: str, with_key: bool) -> str:
    """The service that the rules lead to, or nobody."""
    headers = ((FACADE.key_header, "key"),) if with_key else ()
    rule = matching_rule(RULES, Request(target=target, method=method, headers=headers))
    return rule.action.groups[0].group.name if rule and isinstance(rule.action, Forward) else "nobody"


class Transport(asyncio.Transport):
    """A connection that leads nowhere."""

    def get_extra_info(self, _: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written = data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Service:
    """One service's application behind the HTTP protocol it is served with; its handlers only say that they ran."""

    def __init__(self, app: Quart) -> None:
        self._app = app
        self._reached: list[str] = []
        self._handlers: dict[bytes, Reached | None] = {}
        for endpoint in app.view_functions:
            app.view_functions[endpoint] = self._recorder(endpoint)
        self._config = uvicorn.Config(app, http=PlainTargetProtocol, ws="none", log_config=None, access_log=False)
        self._config.load()

    def _recorder(self, endpoint: str) -> Callable[..., Any]:
        async def view(**_: str) -> Response:
            self._reached.append(endpoint)
            return json_response({})

        return view

    async def handler(self, target: bytes) -> Reached | None:
        """What POST (or, where that is not served, GET) of this target reaches; asked for once a target."""
        if target not in self._handlers:
            self._handlers[target] = await self._ask_for_handler(target)
        return self._handlers[target]

    async def _ask_for_handler(self, target: bytes) -> Reached | None:
        for method in ("POST", "GET"):
            self._reached.clear()
            state = ServerState()
            protocol = PlainTargetProtocol(config=self._config, server_state=state, app_state={})
            protocol.connection_made(Transport())
            protocol.data_received(method.encode() + b" " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            if state.tasks:
                await asyncio.wait(set(state.tasks))
            if protocol.timeout_keep_alive_task is not None:
                protocol.timeout_keep_alive_task.cancel()
            if self._reached:
                return method, self._reached[0]
        return None


def services() -> dict[str, Service]:
    facade = FacadeSettings(monolith_url="127.0.0.1:9", fulfill_key="k" * 32)
    return {
        "monolith": Service(app_with(MemoryStore())),
        "like": Service(create_like_app(ChangeServiceSettings(server=ServerSettings(), persistence=facade))),
        "adopt": Service(create_adopt_app(ChangeServiceSettings(server=ServerSettings(), persistence=facade))),
    }


def encoded(char: str, upper: bool) -> str:
    return f"%{ord(char):02X}" if upper else f"%{ord(char):02x}"


@st.composite
def raw_targets(draw: st.DrawFn) -> str:
    """A path that means something, with up to three things done to it that some software tidies up."""
    text = draw(st.sampled_from(PLAIN))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = draw(st.sampled_from(edits(text, at)))
    return text


def edits(text: str, at: int) -> list[str]:
    head, tail = text[:at], text[at:]
    done = [
        *(head + piece + tail for piece in ("/", "//", "/./", "/../", "/x/..", ";", ";a=b", "?", "#", "\\", "%", "*")),
        *(
            head + piece + tail
            for piece in ("%2f", "%2F", "%5c", "%00", "%23", "%3b", "%3F", "%252f", ".", "..", "ä", "\t")
        ),
        f"http://host{text}",
        f"//host{text}",
        text + "/",
        text.upper(),
        text.replace("/mysfits/", "/Mysfits/", 1),
        text.replace("like", "lıke"),
        text.replace("fulfill-", "", 1),
        text.replace("/", "%2f"),
        head,
    ]
    if tail and tail[0] < "\x80":
        code = encoded(tail[0], upper=False)
        done += [head + code + tail[1:], head + encoded(tail[0], upper=True) + tail[1:]]
        done += [head + "%25" + code[1:] + tail[1:], head + tail[0].swapcase() + tail[1:]]
    return done


def tidied(path: str) -> Iterator[str]:
    """The path as software that tidies up before it matches may see it."""
    once = unquote(path, encoding="latin-1")
    for seen in (once, unquote(once, encoding="latin-1")):
        yield seen
        yield posixpath.normpath(seen) if seen else seen
        yield "/".join(part.partition(";")[0] for part in seen.split("/"))
    yield path.rstrip("/") or "/"
    while "//" in path:
        path = path.replace("//", "/")
    yield path


def owner(method: str, path: str) -> str:
    """Who is to serve a plain path in the end: the service that declares it, or the monolith."""
    for service in SYSTEM.services:
        if any(route.method == method and route.fits(path) for route in service.routes):
            return service.name
    return SYSTEM.monolith.name


def check(target: str, reached: Mapping[str, Reached | None]) -> None:
    """What must hold for one target; ``reached`` has what each service does with it."""
    path = target.partition("?")[0]
    for service, found in reached.items():
        if found is None:
            continue
        method, handler = found
        assert all(seen == path for seen in tidied(path)), f"{service} takes the odd spelling {target!r}"
        without_key, with_key = (led_to(target, method=method, with_key=has_key) for has_key in (False, True))
        if handler.startswith(("fulfill-", "fulfill_")):
            assert (without_key, with_key) == ("nobody", "monolith"), target
        else:
            assert without_key == with_key == owner(method, path), target


TESTED: Counter[str] = Counter()


@pytest.fixture(scope="module")
def served() -> dict[str, Service]:
    return services()


@settings(
    max_examples=PATHS_IN_ALL // PATHS_AT_ONCE,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(targets=st.lists(raw_targets(), min_size=PATHS_AT_ONCE, max_size=PATHS_AT_ONCE))
@example(targets=PLAIN)
@example(targets=[f"/mysfits/{ID}/fulfill-like#", f"/mysfits/{ID}/like#x", f"http://host/mysfits/{ID}/fulfill-like"])
def test_no_path_leads_to_a_handler_past_the_rules(served: dict[str, Service], targets: list[str]) -> None:
    async def everywhere() -> list[dict[str, Reached | None]]:
        return [
            {name: await service.handler(target.encode("utf-8")) for name, service in served.items()}
            for target in targets
        ]

    for target, reached in zip(targets, asyncio.run(everywhere()), strict=True):
        TESTED["paths"] += 1
        TESTED.update(f"{service}:{found[1]}" for service, found in reached.items() if found)
        check(target.encode().decode("latin-1"), reached)


def test_that_were_ten_thousand_paths_and_every_handler_was_among_them() -> None:
    if not TESTED:
        pytest.skip("the test before this one was left out")
    assert TESTED["paths"] >= 10_000
    for service, handler in INTENDED:
        assert TESTED[f"{service}:{handler}"] >= 100
