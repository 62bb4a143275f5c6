"""The API table against a real DynamoDB API."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from quart import Quart

from tests.local.services.service_process import FULFILL_KEY
from tests.local.services.table import MYSFITS, MysfitTable

ID = MYSFITS[0]["MysfitId"]
TRUSTED = {"X-Fulfill-Key": FULFILL_KEY}


async def test_list_shows_all_twelve(monolith: Quart) -> None:
    listed = (await (await monolith.test_client().get("/mysfits")).get_json())["mysfits"]
    expected = {
        item["MysfitId"]: {
            "mysfitId": item["MysfitId"],
            "name": item["Name"],
            "species": item["Species"],
            "goodevil": item["GoodEvil"],
            "lawchaos": item["LawChaos"],
            "thumbImageUri": item["ThumbImageUri"],
        }
        for item in MYSFITS
    }
    assert {found["mysfitId"]: found for found in listed} == expected


@pytest.mark.parametrize(
    ("axis", "values"),
    [("GoodEvil", ("Good", "Neutral", "Evil", "Other")), ("LawChaos", ("Lawful", "Neutral", "Chaotic", "Other"))],
)
async def test_filter_shows_those_and_only_those_in_the_same_shape(
    monolith: Quart, axis: str, values: tuple[str, ...]
) -> None:
    client = monolith.test_client()
    everything = (await (await client.get("/mysfits")).get_json())["mysfits"]
    for value in values:
        response = await client.get("/mysfits", query_string={"filter": axis, "value": value})
        found = (await response.get_json())["mysfits"]
        wanted = [one for one in everything if one[axis.lower()] == value]
        assert sorted(found, key=str) == sorted(wanted, key=str)


async def test_list_and_filter_go_through_all_pages(monolith: Quart, table: MysfitTable) -> None:
    for number in range(15):  # 15 x 200 kB is three pages of a scan
        table.put(
            MYSFITS[0] | {"MysfitId": f"big-{number}", "Description": "x" * 200_000, "ThumbImageUri": "y" * 100_000}
        )
    client = monolith.test_client()
    everything = (await (await client.get("/mysfits")).get_json())["mysfits"]
    evil = (await (await client.get("/mysfits?filter=GoodEvil&value=Evil")).get_json())["mysfits"]
    assert len({found["mysfitId"] for found in everything}) == len(everything) == 27
    assert len({found["mysfitId"] for found in evil}) == len(evil) == 15 + 4


async def test_profile_has_ints_and_a_bool(monolith: Quart) -> None:
    item = MYSFITS[4]
    profile = await (await monolith.test_client().get(f"/mysfits/{item['MysfitId']}")).get_json()
    assert profile == {
        "mysfitId": item["MysfitId"],
        "name": item["Name"],
        "species": item["Species"],
        "goodevil": item["GoodEvil"],
        "lawchaos": item["LawChaos"],
        "thumbImageUri": item["ThumbImageUri"],
        "age": 2_000_000_000,
        "description": item["Description"],
        "profileImageUri": item["ProfileImageUri"],
        "likes": 0,
        "adopted": False,
    }
    assert isinstance(profile["likes"], int)
    assert isinstance(profile["adopted"], bool)


@pytest.mark.parametrize("action", ["like", "fulfill-like"])
async def test_like_adds_one_and_touches_nothing_else(monolith: Quart, table: MysfitTable, action: str) -> None:
    before = table.item(ID)
    assert before is not None
    response = await monolith.test_client().post(f"/mysfits/{ID}/{action}", headers=TRUSTED)
    assert (response.status_code, await response.get_json()) == (200, {"Update": "Success"})
    assert table.item(ID) == before | {"Likes": 1}


@pytest.mark.parametrize("action", ["adopt", "fulfill-adopt"])
async def test_adopting_twice_is_adopting_once(monolith: Quart, table: MysfitTable, action: str) -> None:
    client = monolith.test_client()
    for _ in range(2):
        response = await client.post(f"/mysfits/{ID}/{action}", headers=TRUSTED)
        assert (response.status_code, await response.get_json()) == (200, {"Update": "Success"})
    profile = await (await client.get(f"/mysfits/{ID}")).get_json()
    assert (profile["adopted"], table.count()) == (True, 12)


@pytest.mark.parametrize("action", ["like", "fulfill-like", "adopt", "fulfill-adopt"])
async def test_unknown_mysfit_is_404_and_is_not_created(monolith: Quart, table: MysfitTable, action: str) -> None:
    response = await monolith.test_client().post(f"/mysfits/nobody/{action}", headers=TRUSTED)
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert (table.item("nobody"), table.count()) == (None, 12)
    assert (await monolith.test_client().get("/mysfits/nobody")).status_code == 404


async def test_concurrent_likes_count_exactly(monolith: Quart, table: MysfitTable) -> None:
    client = monolith.test_client()
    ids = [MYSFITS[number % 3]["MysfitId"] for number in range(150)]
    answers = await asyncio.gather(*(client.post(f"/mysfits/{mysfit_id}/like") for mysfit_id in ids))
    acknowledged = Counter(
        mysfit_id for mysfit_id, answer in zip(ids, answers, strict=True) if answer.status_code == 200
    )
    assert acknowledged == Counter(ids)
    assert {mysfit_id: table.likes(mysfit_id) for mysfit_id in acknowledged} == dict(acknowledged)
