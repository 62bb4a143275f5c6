"""Seeding: what the table lacks, and nothing of what it has."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws
from cli.seed import mysfits, put_mysfits, seed
from settings.settings import Settings


class Table:
    """DynamoDB with one table; ``refuses`` is an error code that every write gets."""

    def __init__(self, *, refuses: str = "") -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self._refuses = refuses

    def put_item(self, *, TableName: str, Item: dict[str, Any], ConditionExpression: str) -> None:
        assert (TableName, ConditionExpression) == ("t", "attribute_not_exists(MysfitId)")
        mysfit_id = Item["MysfitId"]["S"]
        code = self._refuses or ("ConditionalCheckFailedException" if mysfit_id in self.items else "")
        if code:
            raise ClientError({"Error": {"Code": code}}, "PutItem")
        self.items[mysfit_id] = Item


def test_every_mysfit_is_put_with_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    table, settings = Table(), Settings.from_environ({})
    monkeypatch.setattr(aws, "client", lambda *asked: {(settings, "dynamodb"): table}[asked])
    assert seed(settings, "t") == len(table.items) == 12
    pauly = table.items["2b473002-36f8-4b87-954e-9a377e0ccbec"]
    assert (pauly["Name"], pauly["Age"], pauly["Likes"], pauly["Adopted"]) == (
        {"S": "Pauly"},
        {"N": "2"},
        {"N": "0"},
        {"BOOL": False},
    )
    assert pauly.keys() == mysfits()[0].keys()


def test_what_is_there_stays() -> None:
    table = Table()
    liked = {"MysfitId": {"S": mysfits()[0]["MysfitId"]}, "Likes": {"N": "7"}}
    table.items[liked["MysfitId"]["S"]] = liked
    assert put_mysfits(table, "t") == 11
    assert table.items[liked["MysfitId"]["S"]] is liked
    assert put_mysfits(table, "t") == 0


def test_any_other_refusal_is_not_passed_over() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        put_mysfits(Table(refuses="AccessDeniedException"), "t")
