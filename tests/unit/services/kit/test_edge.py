from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Quart, Response

from services.kit.api import Api
from services.kit.lifecycle import Lifecycle
from services.kit.request_head import RequestHead
from services.kit.service_app import json_response, service_app
from services.mysfits.api import MYSFITS_API

if TYPE_CHECKING:  # pytest would take it for a class of tests
    from quart.typing import TestClientProtocol

SITE = "https://site.example"
SITE_BY_ITS_OTHER_NAME = "https://other.example:8081"
API = MYSFITS_API.extended(parameters={}, headers={"X-Of-Domain": {}}, security_schemes={})
PREFLIGHT = {"Origin": SITE, "Access-Control-Request-Method": "POST"}


@pytest.fixture
def app() -> Quart:
    app = service_app(service="tested", api=API, site_origins=(SITE, SITE_BY_ITS_OTHER_NAME), lifecycle=Lifecycle())

    @app.post("/things/<mysfit_id:mysfit_id>/like")
    async def like(mysfit_id: str) -> Response:
        return json_response({"liked": mysfit_id})

    return app


@pytest.fixture
async def client(app: Quart) -> AsyncIterator[TestClientProtocol]:
    async with app.test_app():
        yield app.test_client(use_cookies=False)  # its cookies need a Host that is one


@pytest.mark.parametrize(
    "raw_path",
    [
        b"/things/a%2Flike",
        b"/things/a/l%69ke",
        b"/%74hings/a/like",
        b"//things/a/like",
        b"/things//a/like",
        b"/things/a/like/",
        b"/things/a/like;x=1",
        b"/things/a/like%00",
        b"/things/a/../a/like",
        b"/things/./a/like",
        b"/things/a/like%20",
        b"/Things/a/like",
        b"/things/a/LIKE",
        b"things/a/like",
        b"*",
        b"",
    ],
)
async def test_odd_spelling_of_a_path_is_404(client: TestClientProtocol, raw_path: bytes) -> None:
    # The decoded path that a server would hand to the router reaches the handler; the raw one must decide.
    path = "/things/a/like" if b"%" in raw_path or b"//" in raw_path else raw_path.decode()
    response = await client.post("/things/a/like", scope_base={"path": path, "raw_path": raw_path})
    assert (response.status_code, response.content_type) == (404, "application/problem+json")


@given(raw_path=st.binary(max_size=40))
def test_only_unreserved_characters_between_single_slashes_are_plain(raw_path: bytes) -> None:
    head = RequestHead.of({"method": "GET", "raw_path": raw_path, "query_string": b"", "headers": []})
    segments = raw_path.split(b"/")
    by_hand = raw_path == b"/" or (
        segments[0] == b""
        and len(segments) > 1
        and all(re.fullmatch(rb"[A-Za-z0-9._-]+", segment) for segment in segments[1:])
    )
    assert head.plainly_spelled == by_hand


async def test_sane_request_id_is_kept_and_others_are_replaced(client: TestClientProtocol) -> None:
    kept = await client.get("/", headers={"X-Request-Id": "Root=1-67891233-abc"})
    assert kept.headers["X-Request-Id"] == "Root=1-67891233-abc"
    for odd in ("", "a b", "x" * 129, '"quoted"'):
        response = await client.get("/", headers={"X-Request-Id": odd})
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-Id"])


async def test_problem_and_log_line_carry_the_request_id(
    client: TestClientProtocol, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    response = await client.get("/nowhere", headers={"X-Request-Id": "id-1"})
    assert json.loads(await response.get_data())["requestId"] == "id-1"
    (record,) = (r for r in caplog.records if r.message == "Request served.")
    served = record.__dict__["fields"]
    assert (served["method"], served["path"], served["status"]) == ("GET", "/nowhere", 404)


async def test_successful_probes_are_not_logged(client: TestClientProtocol, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await client.get("/")
    await client.get("/ready")
    assert not [r for r in caplog.records if r.message == "Request served."]


async def test_large_declared_body_is_413(client: TestClientProtocol) -> None:
    answers = {}
    for size_bytes in (16_384, 16_385):
        body = b"x" * size_bytes
        response = await client.post("/things/a/like", data=body, headers={"Content-Length": str(size_bytes)})
        answers[size_bytes] = (response.status_code, response.content_type)
    assert answers == {16_384: (200, "application/json"), 16_385: (413, "application/problem+json")}


async def test_large_head_is_431(client: TestClientProtocol) -> None:
    response = await client.post("/things/a/like", headers={"X-Long": "x" * 16_384})
    assert (response.status_code, response.content_type) == (431, "application/problem+json")
    assert (await client.post("/things/a/like", headers={"X-Long": "x" * 15_000})).status_code == 200
    assert (await client.get("/?" + "x" * 16_384)).status_code == 431


@pytest.mark.parametrize("origin", [SITE, SITE_BY_ITS_OTHER_NAME])
async def test_cors_lets_the_site_in_by_each_of_its_names(client: TestClientProtocol, origin: str) -> None:
    response = await client.post("/things/a/like", headers={"Origin": origin})
    assert response.headers.getlist("Access-Control-Allow-Origin") == [origin]
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Request-Id", "X-Served-By", "Idempotency-Key", "Retry-After", "X-Of-Domain"} == set(exposed)
    assert response.headers["Vary"] == "Origin"


async def test_cors_lets_the_site_read_errors(client: TestClientProtocol) -> None:
    for response in (
        await client.get("/nowhere", headers={"Origin": SITE}),
        await client.post("/things/a/like", headers={"Origin": SITE, "Content-Length": "2000000"}),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", SITE + ":8443", SITE.upper(), "http://test"])
async def test_a_page_of_another_origin_changes_nothing(client: TestClientProtocol, origin: str) -> None:
    for path in ("/things/a/like", "/nowhere"):
        response = await client.post(path, headers={"Origin": origin})
        assert (response.status_code, response.content_type) == (403, "application/problem+json")
        assert "Access-Control-Allow-Origin" not in response.headers
    # Reading is not its business: what may be read is public, and the page gets no answer to see.
    assert (await client.get("/", headers={"Origin": origin})).status_code == 200


async def test_without_a_site_no_page_changes_anything_and_tools_go_on() -> None:
    app = service_app(service="tested", api=Api(), site_origins=(), lifecycle=Lifecycle())
    async with app.test_app():
        client = app.test_client(use_cookies=False)
        assert (await client.post("/nowhere", headers={"Origin": SITE})).status_code == 403
        assert (await client.post("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", SITE + ".evil.example", SITE.upper(), "null", "", f"{SITE},{SITE_BY_ITS_OTHER_NAME}"],
)
async def test_cors_lets_nobody_else_in(client: TestClientProtocol, origin: str) -> None:
    response = await client.options("/things/a/like", headers={**PREFLIGHT, "Origin": origin})
    assert not [name for name in response.headers.keys() if name.lower().startswith("access-control")]  # noqa: SIM118
    assert response.headers["Vary"] == "Origin"


async def test_preflight_allows_the_paths_methods_and_our_headers(client: TestClientProtocol) -> None:
    response = await client.options("/things/a/like", headers=PREFLIGHT)
    assert (response.status_code, await response.get_data()) == (200, b"")
    assert "POST" in response.headers["Access-Control-Allow-Methods"].split(", ")
    assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"].split(", ")
    assert int(response.headers["Access-Control-Max-Age"]) > 0


async def test_preflight_of_unknown_path_is_404(client: TestClientProtocol) -> None:
    response = await client.options("/nowhere", headers=PREFLIGHT)
    assert (response.status_code, response.headers.get("Access-Control-Allow-Methods")) == (404, None)


async def test_plain_options_names_the_methods(client: TestClientProtocol) -> None:
    response = await client.options("/things/a/like")
    assert (response.status_code, response.headers.get("Access-Control-Allow-Origin")) == (200, None)
    assert {part.strip() for part in response.headers["Allow"].split(",")} == {"POST", "OPTIONS"}


@pytest.mark.parametrize(
    "host", ["", "a", "a.example:8080", "10.0.0.1", "[::1]:80", "my_service", "a.example.", "xn--", "-.-", "x" * 63]
)
async def test_a_request_to_any_host_is_served(client: TestClientProtocol, host: str) -> None:
    assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["[", "a b", "ä.example", "a:b:c", "x" * 64, "%00", "..", ".a", "a:123456", "[::1"])
async def test_what_names_no_host_is_a_bad_request(client: TestClientProtocol, host: str) -> None:
    response = await client.get("/", headers={"Host": host})
    assert (response.status_code, response.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "status"), [(b"\xff\xfe", 400), (b"%ff%fe", 200), (b"&&==&", 200), (b"a=" + b"%" * 50, 200)]
)
async def test_no_query_string_is_a_5xx(client: TestClientProtocol, query: bytes, status: int) -> None:
    response = await client.get("/", scope_base={"query_string": query})
    assert response.status_code == status
