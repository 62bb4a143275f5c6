from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "mysfits" / "mysfits.json"
MYSFITS: list[dict[str, Any]] = json.loads(DATA.read_text())


def dynamodb_size_bytes(item: dict[str, Any]) -> int:
    """Size as DynamoDB counts it: names and strings in UTF-8, numbers a byte per two digits and one, booleans one."""
    size_bytes = 0
    for name, value in item.items():
        size_bytes += len(name.encode())
        if isinstance(value, bool):
            size_bytes += 1
        elif isinstance(value, int):
            size_bytes += (len(str(value)) + 1) // 2 + 1
        else:
            size_bytes += len(value.encode())
    return size_bytes


def test_there_are_twelve_with_ids_of_their_own() -> None:
    assert len({item["MysfitId"] for item in MYSFITS}) == len(MYSFITS) == 12
    assert len({item["Species"] for item in MYSFITS}) == 12


@pytest.mark.parametrize("item", MYSFITS, ids=lambda item: item["Name"])
def test_mysfit_is_complete_and_new(item: dict[str, Any]) -> None:
    assert {name: type(value) for name, value in item.items()} == {
        "MysfitId": str,
        "Name": str,
        "Species": str,
        "Age": int,
        "Description": str,
        "GoodEvil": str,
        "LawChaos": str,
        "ThumbImageUri": str,
        "ProfileImageUri": str,
        "Likes": int,
        "Adopted": bool,
    }
    assert item["GoodEvil"] in {"Good", "Neutral", "Evil"}
    assert item["LawChaos"] in {"Lawful", "Neutral", "Chaotic"}
    assert (item["Likes"], item["Adopted"]) == (0, False)
    assert 2 <= len(re.findall(r"[.!?](?= |$)", item["Description"])) <= 4
    assert item["ThumbImageUri"] == item["ProfileImageUri"] == f"/images/{item['Species'].lower()}.svg"


@pytest.mark.parametrize("item", MYSFITS, ids=lambda item: item["Name"])
def test_mysfit_is_below_one_kilobyte_even_after_many_likes(item: dict[str, Any]) -> None:
    assert dynamodb_size_bytes(item | {"Likes": 10**20}) < 1024
