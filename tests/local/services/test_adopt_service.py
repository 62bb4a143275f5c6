"""The adoption service in front of a real monolith, and in front of what else may answer at its address.

What it shares with the like service (timeouts, what counts as the monolith's answer) is tested there.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from services.adopt.app import create_app
from services.facade import monolith_facade as facade_module
from services.facade.change_service import ChangeServiceSettings
from services.kit.server_settings import ServerSettings
from services.mysfits.like_batch import Tables
from services.mysfits.store_settings import StoreSettings
from tests.local.services.in_front import PROBLEM, in_front, in_front_of, success
from tests.local.services.service_process import FULFILL_KEY, ServiceProcess
from tests.local.services.table import MYSFITS, REGION, MysfitTable

ID = MYSFITS[0]["MysfitId"]


@pytest.fixture
def facade(start_service: Callable[..., ServiceProcess], table: MysfitTable) -> ServiceProcess:
    """The monolith in stage adopt: it serves adoptions through the facade only."""
    return start_service("monolith", **table.environ, MYSFIT_ACTIONS="fulfill-like,fulfill-adopt")


def adopted(table: MysfitTable) -> bool:
    item = table.item(ID)
    assert item is not None
    return bool(item["Adopted"])


async def test_adoption_goes_through_the_monolith_and_is_kept(
    facade: ServiceProcess, table: MysfitTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert not adopted(table)
    async with in_front(create_app, facade.netloc) as service:
        answers = [await service.test_client().post(f"/mysfits/{ID}/adopt") for _ in range(2)]
    assert [(answer.status_code, await answer.get_json()) for answer in answers] == [(200, {"Update": "Success"})] * 2
    assert answers[0].headers["X-Served-By"] == "adopt"
    assert answers[0].headers["X-Fulfilled-By"] == "monolith"
    assert adopted(table)
    assert table.likes(ID) == 0
    assert caplog.messages.count("Adoption processed.") == 2
    facade.terminate()
    facade.wait()
    assert "Adoption processed." not in facade.messages()
    served = [line["path"] for line in facade.logged if line["message"] == "Request served."]
    assert served == [f"/mysfits/{ID}/fulfill-adopt"] * 2


async def test_adoption_of_unknown_mysfit_is_the_monoliths_404(facade: ServiceProcess, table: MysfitTable) -> None:
    async with in_front(create_app, facade.netloc) as service:
        response = await service.test_client().post("/mysfits/nobody/adopt")
    assert (response.status_code, response.content_type) == (404, PROBLEM)
    assert json.loads(await response.get_data())["type"] == "urn:mysfits:problem:unknown-mysfit"
    assert table.count() == 12


async def test_adoption_without_a_monolith_is_503_with_retry_after(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facade_module, "_TOTAL_SECONDS", 0.3)
    async with in_front(create_app, f"127.0.0.1:{unused_tcp_port}") as service:
        response = await service.test_client().post(f"/mysfits/{ID}/adopt")
    assert (response.status_code, response.content_type, response.headers["Retry-After"]) == (503, PROBLEM, "1")


async def test_key_and_request_id_are_carried_on_to_the_adoption_facade() -> None:
    async with in_front_of(success, create_app) as (service, seen):
        headers = {"Idempotency-Key": "k-1", "X-Request-Id": "r-1", "Cookie": "c=1"}
        assert (await service.test_client().post(f"/mysfits/{ID}/adopt", headers=headers)).status_code == 200
        odd = await service.test_client().post(f"/mysfits/{ID}/adopt", headers={"Idempotency-Key": "a b"})
    assert odd.status_code == 400
    (request,) = seen
    assert (request.method, request.raw_path) == ("POST", f"/mysfits/{ID}/fulfill-adopt")
    assert (request.headers["Idempotency-Key"], request.headers["X-Request-Id"]) == ("k-1", "r-1")
    assert request.headers["X-Fulfill-Key"] == FULFILL_KEY
    assert "Cookie" not in request.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/ready", 200),
        ("GET", "/mysfits", 404),
        ("GET", f"/mysfits/{ID}/adopt", 405),
        ("POST", f"/mysfits/{ID}/like", 404),
        ("POST", f"/mysfits/{ID}/fulfill-adopt", 404),
        ("POST", "/mysfits/a_b/adopt", 404),
    ],
)
async def test_adoption_service_serves_adoptions_only(
    method: str, path: str, status: int, unused_tcp_port: int
) -> None:
    async with in_front(create_app, f"127.0.0.1:{unused_tcp_port}") as service:
        request = getattr(service.test_client(), method.lower())
        assert (await request(path)).status_code == status


async def test_adoption_service_that_persists_by_itself_needs_no_monolith(
    table: MysfitTable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    store = StoreSettings(region=REGION, tables=Tables(mysfits=table.name, ledger=None))
    app = create_app(ChangeServiceSettings(server=ServerSettings(), persistence=store))
    async with app.test_app():
        client = app.test_client()
        answers = [await client.post(f"/mysfits/{ID}/adopt") for _ in range(2)]
        unknown = await client.post("/mysfits/nobody/adopt")
    assert [(answer.status_code, await answer.get_json()) for answer in answers] == [(200, {"Update": "Success"})] * 2
    assert "X-Fulfilled-By" not in answers[0].headers
    assert (unknown.status_code, unknown.content_type, table.count()) == (404, PROBLEM, 12)
    assert (adopted(table), table.likes(ID)) == (True, 0)
    assert caplog.messages.count("Adoption processed.") == 2


def test_adoption_service_as_a_process_stops_with_success(start_service: Callable[..., ServiceProcess]) -> None:
    process = start_service("adopt", MONOLITH_URL="127.0.0.1:9")
    process.terminate()
    assert process.wait() == 0
