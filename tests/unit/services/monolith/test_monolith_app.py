from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from quart.testing.utils import sentinel

from services.kit.lifecycle import Lifecycle
from services.monolith.settings import ROUTES
from services.mysfits.mysfits import Like
from tests.unit.services.memory_store import MemoryStore
from tests.unit.services.monolith.app_in_test import PROBLEM, TRUSTED, app_with

if TYPE_CHECKING:  # pytest would take it for a class of tests
    from quart.typing import TestClientProtocol


async def test_health_is_json(client: TestClientProtocol) -> None:
    response = await client.get("/")
    assert (response.status_code, await response.get_json()) == (200, {"service": "monolith", "status": "ok"})
    assert response.headers["X-Served-By"] == "monolith"


async def test_only_identical_reads_at_once_share_one(client: TestClientProtocol, store: MemoryStore) -> None:
    good, evil = "/mysfits?filter=GoodEvil&value=Good", "/mysfits?filter=GoodEvil&value=Evil"
    paths = ["/mysfits", "/mysfits", good, good, evil, "/mysfits/a", "/mysfits/a", "/mysfits/b"]
    answers = await asyncio.gather(*(client.get(path) for path in paths))
    bodies = [await answer.get_data() for answer in answers]
    assert bodies[0] == bodies[1] and bodies[2] == bodies[3] and bodies[5] == bodies[6]
    assert len(set(bodies)) == 5
    assert sorted(store.reads) == ["a", "b", "list", "list", "list"]


async def test_list_has_exactly_the_workshops_keys(client: TestClientProtocol) -> None:
    listed = (await (await client.get("/mysfits")).get_json())["mysfits"]
    assert [found["mysfitId"] for found in listed] == ["a", "b", "c"]
    assert listed[1] == {
        "mysfitId": "b",
        "name": "Name of b",
        "species": "Dragon",
        "goodevil": "Evil",
        "lawchaos": "Lawful",
        "thumbImageUri": "/images/dragon.svg",
    }


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("filter=GoodEvil&value=Good", ["a", "c"]),
        ("filter=LawChaos&value=Chaotic", ["c"]),
        ("filter=GoodEvil&value=Beige", []),
        ("unrelated=1", ["a", "b", "c"]),
    ],
)
async def test_filter_picks_by_axis(client: TestClientProtocol, query: str, ids: list[str]) -> None:
    response = await client.get(f"/mysfits?{query}")
    assert [found["mysfitId"] for found in (await response.get_json())["mysfits"]] == ids


@pytest.mark.parametrize(
    "query",
    [
        "filter=Species&value=Dragon",
        "filter=goodevil&value=Good",
        "filter=GoodEvil",
        "filter=GoodEvil&value=",
        "value=Good",
        "filter=GoodEvil&filter=LawChaos&value=Good",
        "filter=GoodEvil&value=Good&value=Evil",
        f"filter=GoodEvil&value={'x' * 65}",
        "filter=%00&value=%ff",
    ],
)
async def test_other_filters_are_400(client: TestClientProtocol, query: str) -> None:
    response = await client.get(f"/mysfits?{query}")
    assert (response.status_code, response.content_type) == (400, PROBLEM)


async def test_profile_adds_what_the_list_leaves_out(client: TestClientProtocol) -> None:
    profile = await (await client.get("/mysfits/a")).get_json()
    added = {key: profile[key] for key in ("age", "description", "profileImageUri", "likes", "adopted")}
    assert added == {
        "age": 7,
        "description": "…",
        "profileImageUri": "/images/dragon.svg",
        "likes": 0,
        "adopted": False,
    }
    assert len(profile) == 11


async def test_profile_of_unknown_mysfit_is_404(client: TestClientProtocol) -> None:
    response = await client.get("/mysfits/nobody")
    problem: dict[str, Any] = json.loads(await response.get_data())
    assert (response.status_code, response.content_type) == (404, PROBLEM)
    assert (problem["status"], problem["type"]) == (404, "urn:mysfits:problem:unknown-mysfit")
    assert problem["requestId"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        ("like", (1, False, ["Like processed."])),
        ("fulfill-like", (1, False, [])),
        ("adopt", (0, True, ["Adoption processed."])),
        ("fulfill-adopt", (0, True, [])),
    ],
)
async def test_action_stores_and_does_its_business_step(
    client: TestClientProtocol,
    store: MemoryStore,
    caplog: pytest.LogCaptureFixture,
    action: str,
    effect: tuple[int, bool, list[str]],
) -> None:
    caplog.set_level("INFO")
    response = await client.post(f"/mysfits/a/{action}", headers=TRUSTED)
    assert (response.status_code, await response.get_json()) == (200, {"Update": "Success"})
    logged = [record.message for record in caplog.records if record.name.endswith("changes")]
    assert (store.by_id["a"].likes, store.by_id["a"].adopted, logged) == effect


@pytest.mark.parametrize("action", ROUTES)
async def test_action_on_unknown_mysfit_is_404_and_creates_nothing(
    client: TestClientProtocol, store: MemoryStore, action: str
) -> None:
    assert (await client.post(f"/mysfits/nobody/{action}", headers=TRUSTED)).status_code == 404
    assert "nobody" not in store.by_id


@pytest.mark.parametrize("action", ROUTES)
async def test_action_that_the_stage_leaves_out_is_404(store: MemoryStore, action: str) -> None:
    others = tuple(other for other in ROUTES if other != action)
    async with app_with(store, routes=others).test_app() as running:
        client = running.test_client()
        response = await client.post(f"/mysfits/a/{action}")
        assert (response.status_code, response.content_type) == (404, PROBLEM)
        for other in others:
            assert (await client.post(f"/mysfits/a/{other}", headers=TRUSTED)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/mysfits", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/mysfits/a", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/mysfits/a/like", {"POST", "OPTIONS"}),
        ("PUT", "/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_wrong_method_is_405_with_allow(
    client: TestClientProtocol, method: str, path: str, allow: set[str]
) -> None:
    response = await client.open(path, method=method, json=sentinel)
    assert (response.status_code, response.content_type) == (405, PROBLEM)
    assert {part.strip() for part in response.headers["Allow"].split(",")} == allow


@pytest.mark.parametrize("mysfit_id", ["a_b", "a.b", "x" * 65, "..", "ä"])
async def test_impossible_id_is_404(client: TestClientProtocol, mysfit_id: str) -> None:
    assert (await client.get(f"/mysfits/{mysfit_id}")).status_code == 404
    assert (await client.post(f"/mysfits/{mysfit_id}/like")).status_code == 404


async def test_store_away_is_503_with_retry_after(client: TestClientProtocol, store: MemoryStore) -> None:
    store.available = False
    for response in (
        await client.get("/mysfits"),
        await client.get("/mysfits/a"),
        await client.post("/mysfits/a/like"),
    ):
        assert (response.status_code, response.content_type) == (503, PROBLEM)
        assert int(response.headers["Retry-After"]) >= 1


async def test_bug_in_the_store_is_a_500_problem_without_its_text(store: MemoryStore) -> None:
    def broken(_: object) -> None:
        raise ValueError("secret detail")

    app = app_with(store)
    store.profile = broken  # type: ignore[assignment,method-assign]
    async with app.test_app() as running:
        response = await running.test_client().get("/mysfits/a")
    assert (response.status_code, response.content_type) == (500, PROBLEM)
    assert b"secret" not in await response.get_data()


async def test_idempotency_key_reaches_the_store(client: TestClientProtocol, store: MemoryStore) -> None:
    for action in ("like", "fulfill-like"):
        response = await client.post(f"/mysfits/a/{action}", headers={"Idempotency-Key": "k-1", **TRUSTED})
        assert response.headers["Idempotency-Key"] == "k-1"
    assert store.likes == [Like(mysfit_id="a", key="k-1")] * 2


async def test_like_without_a_key_gets_a_new_one_and_learns_it(client: TestClientProtocol, store: MemoryStore) -> None:
    for action in ("like", "fulfill-like"):
        response = await client.post(f"/mysfits/a/{action}", headers=TRUSTED)
        assert response.headers["Idempotency-Key"] == store.likes[-1].key
        assert re.fullmatch(r"[0-9a-f]{32}", store.likes[-1].key)
    assert len({like.key for like in store.likes}) == 2


async def test_failed_like_names_the_key_to_try_again_with(client: TestClientProtocol, store: MemoryStore) -> None:
    store.available = False
    minted = (await client.post("/mysfits/a/like")).headers["Idempotency-Key"]
    assert re.fullmatch(r"[0-9a-f]{32}", minted)
    store.available = True
    unknown = await client.post("/mysfits/nobody/like", headers={"Idempotency-Key": "k-1"})
    assert (unknown.status_code, unknown.headers["Idempotency-Key"]) == (404, "k-1")


@pytest.mark.parametrize("key", ["with space", "", "x" * 256])
async def test_odd_idempotency_key_is_400_and_counts_nothing(
    client: TestClientProtocol, store: MemoryStore, key: str
) -> None:
    response = await client.post("/mysfits/a/like", headers={"Idempotency-Key": key})
    assert (response.status_code, store.likes) == (400, [])


async def test_public_actions_want_no_key(client: TestClientProtocol) -> None:
    for action in ("like", "adopt"):
        assert (await client.post(f"/mysfits/a/{action}")).status_code == 200


async def test_draining_turns_readiness_off_and_keeps_serving(store: MemoryStore) -> None:
    lifecycle = Lifecycle()
    async with app_with(store, lifecycle=lifecycle).test_app() as running:
        client = running.test_client()
        ready = await client.get("/ready")
        assert (ready.status_code, "Connection" in ready.headers) == (200, False)
        lifecycle.start_draining()
        draining = await client.get("/ready")
        assert (draining.status_code, draining.headers["Retry-After"]) == (503, "1")
        alive = await client.get("/")
        assert (alive.status_code, alive.headers["Connection"]) == (200, "close")
        assert (await client.post("/mysfits/a/like")).status_code == 200
