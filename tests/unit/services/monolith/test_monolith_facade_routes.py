"""The facade's routes of the monolith: who may call them, and likes that are sent on together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import Headers

from services.facade import key_groups
from services.mysfits.mysfits import Like
from tests.unit.services.memory_store import MemoryStore
from tests.unit.services.monolith.app_in_test import KEY, OTHER_KEY, PROBLEM, TRUSTED, app_with

if TYPE_CHECKING:  # pytest would take it for a class of tests
    from quart.typing import TestClientProtocol


@pytest.mark.parametrize("action", ["fulfill-like", "fulfill-adopt"])
@pytest.mark.parametrize(
    "offered", [[], [""], ["wrong"], [KEY.upper()], [KEY[:-1]], [KEY + "1"], [f"{KEY},{OTHER_KEY}"], [KEY, KEY], ["ä"]]
)
async def test_facade_without_a_live_key_is_403_and_changes_nothing(
    client: TestClientProtocol, store: MemoryStore, caplog: pytest.LogCaptureFixture, action: str, offered: list[str]
) -> None:
    caplog.set_level("DEBUG")
    before = dict(store.by_id)
    for mysfit_id in ("a", "nobody"):
        headers = Headers([("X-Fulfill-Key", key) for key in offered])
        response = await client.post(f"/mysfits/{mysfit_id}/{action}", headers=headers)
        problem = json.loads(await response.get_data())
        assert (response.status_code, response.content_type) == (403, PROBLEM)
        assert problem["type"] == "urn:mysfits:problem:fulfill-key"
    assert (store.by_id, store.likes) == (before, [])
    assert not [key for key in offered if len(key) > 1 and key in caplog.text + str(problem)]


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
async def test_both_live_keys_open_the_facade(client: TestClientProtocol, key: str) -> None:
    for action in ("fulfill-like", "fulfill-adopt"):
        assert (await client.post(f"/mysfits/a/{action}", headers={"X-Fulfill-Key": key})).status_code == 200


async def test_likes_sent_on_together_are_stored_under_their_own_keys(
    client: TestClientProtocol, store: MemoryStore
) -> None:
    headers = {**TRUSTED, "Idempotency-Keys": "k1/with%2Fslash/k1"}
    response = await client.post("/mysfits/a/fulfill-likes", headers=headers)
    assert (response.status_code, await response.get_json()) == (200, {"Update": "Success"})
    assert store.likes == [Like(mysfit_id="a", key="k1"), Like(mysfit_id="a", key="with/slash")]
    unknown = await client.post("/mysfits/nobody/fulfill-likes", headers=headers)
    assert (unknown.status_code, (await unknown.get_json(force=True))["type"]) == (
        404,
        "urn:mysfits:problem:unknown-mysfit",
    )


ODD_GROUPS = ["", "k1,k2", "k1//k2", "/k1", "a%20b", "%ff", "%41", "%2f", "a b", "a!", "/".join(["k"] * 100), "k" * 256]


@pytest.mark.parametrize("keys", [*ODD_GROUPS, None])
async def test_odd_keys_of_likes_sent_on_together_are_400_and_nothing_is_stored(
    client: TestClientProtocol, store: MemoryStore, keys: str | None
) -> None:
    headers = TRUSTED if keys is None else {**TRUSTED, "Idempotency-Keys": keys}
    response = await client.post("/mysfits/a/fulfill-likes", headers=headers)
    assert (response.status_code, response.content_type, store.likes) == (400, PROBLEM, [])


async def test_likes_sent_on_together_want_the_key_and_the_facade(store: MemoryStore) -> None:
    async with app_with(store).test_app() as running:
        response = await running.test_client().post("/mysfits/a/fulfill-likes", headers={"Idempotency-Keys": "k1"})
        assert response.status_code == 403
    async with app_with(store, routes=("like", "fulfill-adopt")).test_app() as running:
        headers = {**TRUSTED, "Idempotency-Keys": "k1"}
        assert (await running.test_client().post("/mysfits/a/fulfill-likes", headers=headers)).status_code == 404
    assert store.likes == []


async def test_every_key_that_a_like_may_have_can_be_sent_on_in_a_group(
    client: TestClientProtocol, store: MemoryStore
) -> None:
    keys = [chr(code) for code in range(0x21, 0x7F)]
    headers = {**TRUSTED, "Idempotency-Keys": key_groups.encode(keys)}
    assert (await client.post("/mysfits/a/fulfill-likes", headers=headers)).status_code == 200
    assert [like.key for like in store.likes] == keys
