"""Seeding: what the table lacks, and nothing of what it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws
from cli.seed import items, present_tables, put_items, seed
from mysfits.tables import MYSFITS
from settings.settings import Settings


class Table:
    """DynamoDB with one table; ``refuses`` is an error code that every write gets."""

    def __init__(self, *, refuses: str = "") -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self._refuses = refuses

    def put_item(
        self,
        *,
        TableName: str,
        Item: dict[str, Any],
        ConditionExpression: str,
        ExpressionAttributeNames: dict[str, str],
    ) -> None:
        assert (TableName, ConditionExpression) == ("t", "attribute_not_exists(#key)")
        assert ExpressionAttributeNames == {"#key": "MysfitId"}
        mysfit_id = Item["MysfitId"]["S"]
        code = self._refuses or ("ConditionalCheckFailedException" if mysfit_id in self.items else "")
        if code:
            raise ClientError({"Error": {"Code": code}}, "PutItem")
        self.items[mysfit_id] = Item


def test_every_mysfit_is_put_with_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    table, settings = Table(), Settings.from_environ({})
    monkeypatch.setattr(aws, "client", lambda *asked: {(settings, "dynamodb"): table}[asked])
    assert seed(settings, {"table_name": "t", "ledger_table_name": "l"}) == {"t": 12}
    assert len(table.items) == 12
    assert seed(settings, {"table_name": "t"}) == {}
    pauly = table.items["2b473002-36f8-4b87-954e-9a377e0ccbec"]
    assert (pauly["Name"], pauly["Age"], pauly["Likes"], pauly["Adopted"]) == (
        {"S": "Pauly"},
        {"N": "2"},
        {"N": "0"},
        {"BOOL": False},
    )
    assert pauly.keys() == items(MYSFITS)[0].keys()


def test_what_is_there_stays() -> None:
    table = Table()
    liked = {"MysfitId": {"S": items(MYSFITS)[0]["MysfitId"]}, "Likes": {"N": "7"}}
    table.items[liked["MysfitId"]["S"]] = liked
    assert put_items(table, "t", MYSFITS) == 11
    assert table.items[liked["MysfitId"]["S"]] is liked
    assert put_items(table, "t", MYSFITS) == 0


def test_any_other_refusal_is_not_passed_over() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        put_items(Table(refuses="AccessDeniedException"), "t", MYSFITS)


def test_an_apply_that_was_cut_off_may_have_made_only_some_tables() -> None:
    settings = Settings.from_environ({})
    assert present_tables(settings, {}) == {}
    assert present_tables(settings, {"ledger_table_name": "l", "stage": "split"}) == {"ledger": "l"}


def test_fractions_keep_every_digit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text('[{"MysfitId": "a", "Weight": 0.1, "Tags": ["x", 1], "Nothing": null}]')
    monkeypatch.setattr("cli.seed.ROOT", tmp_path)
    table = Table()
    assert put_items(table, "t", replace(MYSFITS, seed="items.json")) == 1
    assert table.items["a"] == {
        "MysfitId": {"S": "a"},
        "Weight": {"N": "0.1"},
        "Tags": {"L": [{"S": "x"}, {"N": "1"}]},
        "Nothing": {"NULL": True},
    }
