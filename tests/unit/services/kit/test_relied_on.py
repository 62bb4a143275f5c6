"""What the kit overrides in its libraries. After an upgrade this says what is gone and where it is used."""

from __future__ import annotations

import inspect
import re

import pytest
import uvicorn
from quart import Quart, Request, Response
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.wrappers.request import Body
from quart.wrappers.response import DataBody
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from werkzeug.routing import Map, MapAdapter

from services.kit.api import Api
from services.kit.service_app import ServiceApp


@pytest.mark.parametrize(
    ("owner", "name", "used_in"),
    [
        (HttpToolsProtocol, "on_headers_complete", "kit/http_protocol.py, to refuse targets"),
        (HttpToolsProtocol, "send_400_response", "kit/http_protocol.py, to answer problem JSON"),
        (uvicorn.Server, "capture_signals", "kit/server.py, to serve on after SIGTERM"),
        (uvicorn.Server, "startup", "kit/server.py, to spare the garbage collector what is loaded"),
        (Quart, "asgi_http_class", "kit/service_app.py, by kit/lean_connection.py"),
        (ASGIHTTPConnection, "_create_request_from_scope", "kit/lean_connection.py, where it is called"),
        (ASGIHTTPConnection, "handle_request", "kit/lean_connection.py"),
        (ASGIHTTPConnection, "_send_response", "kit/lean_connection.py"),
        (Quart, "create_url_adapter", "kit/service_app.py, by kit/lean_connection.py"),
        (Quart, "handle_request", "kit/lean_connection.py, to have a request answered"),
        (Body, "set_complete", "kit/lean_connection.py, to say that a request has no more to read"),
        (Response, "get_data", "kit/lean_connection.py, for an answer whose body is no bytes yet"),
        (MapAdapter, "match", "kit/lean_connection.py, to remember routes"),
        (MapAdapter, "allowed_methods", "kit/lean_connection.py, which leaves it to werkzeug"),
        (Quart, "asgi_app", "kit/service_app.py, to put the edge before it"),
    ],
)
def test_what_is_overridden_or_called_is_there(owner: type, name: str, used_in: str) -> None:
    assert callable(getattr(owner, name, None)), f"{owner.__name__}.{name} is gone; look at {used_in}"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (HttpToolsProtocol, ("url", "cycle", "pipeline", "transport")),
        (RequestResponseCycle, ("more_body", "response_started", "response_complete")),
        (uvicorn.Server, ("should_exit",)),
    ],
)
def test_what_is_read_of_uvicorn_is_set_when_it_is_made(owner: type, names: tuple[str, ...]) -> None:
    made = inspect.getsource(owner)
    for name in names:
        assert f"self.{name}" in made, f"{owner.__name__} has no {name} any more; look where services/kit reads it"


async def test_an_answer_and_its_bytes_are_where_the_connection_looks() -> None:
    answer = Response(b"bytes")
    assert isinstance(answer.response, DataBody), "Quart keeps bodies otherwise; look at kit/lean_connection.py"
    assert answer.response.data == b"bytes"


def test_a_request_has_the_body_that_the_connection_completes() -> None:
    made = inspect.getsource(Request.__init__)
    assert "self.body = self.body_class(" in made, "a request has no body any more; look at kit/lean_connection.py"
    assert Request.body_class is Body


def test_routes_are_remembered_by_an_adapter_and_a_map_that_take_what_they_took() -> None:
    parameters = list(inspect.signature(MapAdapter).parameters)
    wanted = ["map", "server_name", "script_name", "subdomain", "url_scheme", "path_info", "default_method"]
    assert parameters[: len(wanted)] == wanted, "kit/lean_connection.py gives them by position"
    assert ServiceApp("tested", Api()).url_map.merge_slashes is False
    assert "merge_slashes" in inspect.signature(Map).parameters, "kit/service_app.py sets an attribute that is not read"


def test_the_server_asks_the_protocol_for_the_400() -> None:
    assert "self.send_400_response(" in inspect.getsource(HttpToolsProtocol.data_received)


def test_quart_asks_the_adapter_for_a_rule_in_the_way_that_is_remembered() -> None:
    asked = re.sub(r"#.*|\s", "", inspect.getsource(RequestContext.match_request))
    assert "self.url_adapter.match(return_rule=True)" in asked
    assert "self.path_info" in inspect.getsource(MapAdapter), "kit/lean_connection.py reads it"
    assert "self.default_method" in inspect.getsource(MapAdapter), "kit/lean_connection.py reads it"


def test_two_parts_of_quart_are_replaced() -> None:
    own = {name for name in vars(ServiceApp) if not name.startswith("__")}
    replaced = {"asgi_http_class", "create_url_adapter"}
    assert own & set(dir(Quart)) == replaced, "another part of Quart is replaced; see docs/decisions/0010"
