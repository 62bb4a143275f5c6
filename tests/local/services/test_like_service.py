"""The like service in front of a real monolith, and in front of everything else that may answer at its address."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from services.facade import monolith_facade as facade
from services.facade.change_service import ChangeServiceSettings
from services.kit.server_settings import ServerSettings
from services.like.app import create_app
from services.mysfits.like_batch import Tables
from services.mysfits.store_settings import StoreSettings
from tests.local.services.in_front import PROBLEM, Handler, in_front, in_front_of, problem, success
from tests.local.services.service_process import FULFILL_KEY, ServiceProcess, status_of
from tests.local.services.table import MYSFITS, REGION, MysfitTable

ID = MYSFITS[0]["MysfitId"]


async def test_like_goes_through_the_monolith_and_counts_one(
    monolith_process: ServiceProcess, table: MysfitTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with in_front(create_app, monolith_process.netloc) as service:
        response = await service.test_client().post(f"/mysfits/{ID}/like", headers={"X-Request-Id": "r-1"})
    assert (response.status_code, await response.get_json()) == (200, {"Update": "Success"})
    assert (response.headers["X-Served-By"], response.headers["X-Fulfilled-By"]) == ("like", "monolith")
    assert table.likes(ID) == 1
    assert caplog.messages.count("Like processed.") == 1
    monolith_process.terminate()
    monolith_process.wait()
    assert "Like processed." not in monolith_process.messages()
    served = [line for line in monolith_process.logged if line["message"] == "Request served."]
    assert [(line["path"], line["requestId"]) for line in served] == [(f"/mysfits/{ID}/fulfill-like", "r-1")]


async def test_like_of_unknown_mysfit_is_the_monoliths_404(
    monolith_process: ServiceProcess, table: MysfitTable
) -> None:
    async with in_front(create_app, monolith_process.netloc) as service:
        response = await service.test_client().post("/mysfits/nobody/like")
    assert (response.status_code, response.content_type) == (404, PROBLEM)
    assert json.loads(await response.get_data())["type"] == "urn:mysfits:problem:unknown-mysfit"
    assert table.count() == 12


async def test_concurrent_likes_through_both_services_count_exactly(
    monolith_process: ServiceProcess, table: MysfitTable
) -> None:
    async with in_front(create_app, monolith_process.netloc) as service:
        client = service.test_client()
        answers = await asyncio.gather(*(client.post(f"/mysfits/{ID}/like") for _ in range(100)))
    assert [answer.status_code for answer in answers] == [200] * 100
    assert table.likes(ID) == 100


@pytest.fixture
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of the facade at which a test can wait for their end."""
    monkeypatch.setattr(facade, "_TOTAL_SECONDS", 0.6)
    monkeypatch.setattr(facade, "_ATTEMPT_SECONDS", 0.2)


@pytest.mark.usefixtures("little_time")
async def test_monolith_away_is_503_with_retry_after(unused_tcp_port: int) -> None:
    async with in_front(create_app, f"127.0.0.1:{unused_tcp_port}") as service:
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.content_type, response.headers["Retry-After"]) == (503, PROBLEM, "1")


@pytest.mark.usefixtures("little_time")
async def test_silent_monolith_is_asked_again_and_is_503_at_the_deadline() -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with in_front_of(never) as (service, seen):
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.headers["Retry-After"], len(seen) > 1) == (503, "1", True)
    keys = {request.headers["Idempotency-Key"] for request in seen}
    assert keys == {response.headers["Idempotency-Key"]}


@pytest.mark.parametrize(("retry_after", "passed_on"), [("7", "7"), ("soon", "1"), ("99999", "60"), ("-1", "1")])
@pytest.mark.parametrize("status", [500, 503])
async def test_monoliths_own_5xx_is_503_with_its_retry_after_at_once(
    status: int, retry_after: str, passed_on: str
) -> None:
    async def failing(_: web.Request) -> web.StreamResponse:
        headers = {"Retry-After": retry_after, "X-Served-By": "monolith"}
        return web.Response(status=status, text="Traceback: secret", headers=headers)

    async with in_front_of(failing) as (service, seen):
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.content_type) == (503, PROBLEM)
    assert (response.headers["Retry-After"], len(seen)) == (passed_on, 1)
    assert b"secret" not in await response.get_data()


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_load_balancers_5xx_is_tried_again(status: int) -> None:
    async def second_time_lucky(request: web.Request) -> web.StreamResponse:
        return await success(request) if len(seen) > 1 else web.Response(status=status, text="<html>")

    async with in_front_of(second_time_lucky) as (service, seen):
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, len(seen)) == (200, 2)


@pytest.mark.parametrize("status", [400, 409, 413, 429, 431])
async def test_monoliths_refusal_is_passed_on_as_it_is(status: int) -> None:
    async def refusing(_: web.Request) -> web.StreamResponse:
        return problem(status, detail="because")

    async with in_front_of(refusing) as (service, _):
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.content_type, response.headers["X-Fulfilled-By"]) == (status, PROBLEM, "m")
    assert json.loads(await response.get_data()) == {"status": status, "detail": "because"}


async def not_served(_: web.Request) -> web.StreamResponse:
    """The monolith, without the facade."""
    return problem(404, type="about:blank")


async def placeholder(_: web.Request) -> web.StreamResponse:
    """The placeholder in the monolith's place."""
    return web.Response(status=405, text="<html>", content_type="text/html")


async def load_balancers_default(_: web.Request) -> web.StreamResponse:
    """No rule leads anywhere."""
    return web.Response(status=404, text="not found")


async def welcome_page(_: web.Request) -> web.StreamResponse:
    """Success of something else."""
    return web.Response(text="<html>", content_type="text/html")


async def elsewhere(_: web.Request) -> web.StreamResponse:
    """A redirect, for example to HTTPS."""
    return web.Response(status=307, headers={"Location": "/elsewhere"})


async def key_refused(_: web.Request) -> web.StreamResponse:
    """Our key is not (or no longer) one of the monolith's."""
    return problem(403, type="urn:mysfits:problem:fulfill-key")


@pytest.mark.parametrize(
    "handler", [not_served, placeholder, load_balancers_default, welcome_page, elsewhere, key_refused]
)
async def test_answer_that_is_not_the_monoliths_is_503_and_an_error_in_the_log(
    handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    async with in_front_of(handler) as (service, seen):
        response = await service.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.headers["Retry-After"], len(seen)) == (503, "1", 1)
    errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "not as the monolith does" in errors[0]


async def test_endless_answer_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    async with in_front_of(endless) as (service, _):
        assert (await service.test_client().post(f"/mysfits/{ID}/like")).status_code == 503


async def test_key_is_sent_and_is_in_no_log_line_whatever_fails(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def garbage(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 two hundred\r\n\r\n")
        request.transport.close()
        return web.Response()

    caplog.set_level("DEBUG")
    monkeypatch.setattr(facade, "_TOTAL_SECONDS", 0.1)
    for handler in (garbage, key_refused, welcome_page):
        async with in_front_of(handler) as (service, seen):
            assert (await service.test_client().post(f"/mysfits/{ID}/like")).status_code == 503
            assert {request.headers["X-Fulfill-Key"] for request in seen} == {FULFILL_KEY}
    assert caplog.records
    assert FULFILL_KEY not in caplog.text + repr([vars(record) for record in caplog.records])


async def test_like_service_that_persists_by_itself_needs_no_monolith(
    table: MysfitTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    store = StoreSettings(region=REGION, tables=Tables(mysfits=table.name, ledger=table.ledger_name))
    app = create_app(ChangeServiceSettings(server=ServerSettings(), persistence=store))
    async with app.test_app():
        client = app.test_client()
        answers = [await client.post(f"/mysfits/{ID}/like", headers={"Idempotency-Key": "k"}) for _ in range(2)]
        unknown = await client.post("/mysfits/nobody/like")
    assert [(answer.status_code, await answer.get_json()) for answer in answers] == [(200, {"Update": "Success"})] * 2
    assert (unknown.status_code, unknown.content_type, table.count()) == (404, PROBLEM, 12)
    assert (table.likes(ID), list(table.ledger())) == (1, [f"{ID}#k"])
    assert caplog.messages.count("Like processed.") == 2


async def test_like_retried_after_its_stage_changed_counts_once(
    monolith_process: ServiceProcess, table: MysfitTable
) -> None:
    store = StoreSettings(region=REGION, tables=Tables(mysfits=table.name, ledger=table.ledger_name))
    again = {"Idempotency-Key": "one-click"}
    head = f"POST /mysfits/{ID}/like HTTP/1.1\r\nHost: a\r\nIdempotency-Key: one-click\r\nConnection: close\r\n\r\n"
    assert status_of(monolith_process.ask(head.encode())) == 200  # inline
    async with in_front(create_app, monolith_process.netloc) as facade_stage:
        assert (await facade_stage.test_client().post(f"/mysfits/{ID}/like", headers=again)).status_code == 200
    extracted = create_app(ChangeServiceSettings(server=ServerSettings(), persistence=store))
    async with extracted.test_app():
        assert (await extracted.test_client().post(f"/mysfits/{ID}/like", headers=again)).status_code == 200
    assert table.likes(ID) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/ready", 200),
        ("GET", "/mysfits", 404),
        ("GET", f"/mysfits/{ID}/like", 405),
        ("POST", f"/mysfits/{ID}/fulfill-like", 404),
        ("POST", f"/mysfits/{ID}/like/", 404),
        ("POST", "/mysfits/a_b/like", 404),
    ],
)
async def test_like_service_serves_likes_only(method: str, path: str, status: int) -> None:
    async with in_front_of(success) as (service, seen):
        request = getattr(service.test_client(), method.lower())
        assert ((await request(path)).status_code, seen) == (status, [])
