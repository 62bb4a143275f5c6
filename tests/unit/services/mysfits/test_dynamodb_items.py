from __future__ import annotations

import pytest

from services.mysfits import dynamodb_items
from services.mysfits.dynamodb_items import Item

ITEM: Item = {
    "MysfitId": {"S": "a"},
    "Name": {"S": "Ann"},
    "Species": {"S": "Yeti"},
    "GoodEvil": {"S": "Good"},
    "LawChaos": {"S": "Lawful"},
    "ThumbImageUri": {"S": "/images/yeti.svg"},
    "Age": {"N": "2000000000"},
    "Description": {"S": "…"},
    "ProfileImageUri": {"S": "/images/yeti.svg"},
    "Likes": {"N": "41"},
    "Adopted": {"BOOL": True},
}


def test_every_attribute_has_its_place_and_numbers_become_ints() -> None:
    assert dynamodb_items.profile(ITEM).as_json() == {
        "mysfitId": "a",
        "name": "Ann",
        "species": "Yeti",
        "goodevil": "Good",
        "lawchaos": "Lawful",
        "thumbImageUri": "/images/yeti.svg",
        "profileImageUri": "/images/yeti.svg",
        "age": 2_000_000_000,
        "description": "…",
        "likes": 41,
        "adopted": True,
    }


@pytest.mark.parametrize(
    ("stored", "answered"),
    [
        ("/images/yeti.svg", "/images/yeti.svg"),
        ("images/yeti.svg", "/images/yeti.svg"),
        ("https://elsewhere.example/yeti.png", "https://elsewhere.example/yeti.png"),
        ("//elsewhere.example/yeti.png", "//elsewhere.example/yeti.png"),
        ("", "/"),
    ],
)
def test_addresses_of_pictures_are_absolute_or_rooted(stored: str, answered: str) -> None:
    item = {**ITEM, "ThumbImageUri": {"S": stored}, "ProfileImageUri": {"S": stored}}
    profile = dynamodb_items.profile(item)
    assert [profile.profile_image_uri, profile.summary.thumb_image_uri] == [answered, answered]


def test_broken_item_is_left_out_of_the_list_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    phantom: Item = {"MysfitId": {"S": "phantom"}, "Likes": {"N": "1"}}
    assert [found.mysfit_id for found in dynamodb_items.summaries([phantom, ITEM])] == ["a"]
    assert caplog.records[0].__dict__["fields"] == {"mysfitId": "phantom"}


def test_an_item_without_an_id_is_left_out_too(caplog: pytest.LogCaptureFixture) -> None:
    assert dynamodb_items.summaries([{}]) == []
    assert caplog.records[0].__dict__["fields"] == {"mysfitId": None}
