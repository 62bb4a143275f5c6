"""A Query looks at what it may answer alone, and answers as moto's own does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.table import Table

from embedded.dynamodb import speedups

PEOPLE = ("ada", "bob", "eve")
NAMES = ("Person", "At", "Likes")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture(scope="module", params=[("Id",), ("Person", "At")], ids=["by hash key", "by hash and range key"])
def table(client: Any, request: pytest.FixtureRequest) -> str:
    """Ninety items, a third of them each person's; every tenth has no number."""
    keys, name = request.param, f"of-{len(request.param)}"

    def schema(names: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"AttributeName": each, "KeyType": kind} for each, kind in zip(names, ("HASH", "RANGE"), strict=False)]

    indexes = {"by-person": ("Person", "At"), "by-likes": ("Likes",)}
    used = dict.fromkeys((*keys, *NAMES))
    client.create_table(
        TableName=name,
        KeySchema=schema(keys),
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "N" if each == "Likes" else "S"} for each in used
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": schema(names), "Projection": {"ProjectionType": "ALL"}}
            for index, names in indexes.items()
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(90):
        item = {
            "Id": {"S": f"{number * 37 % 90:02}"},
            "Person": {"S": PEOPLE[number % 3]},
            "At": {"S": f"{number * 53 % 90:02}"},
            **({"Likes": {"N": f"{number % 4}.0"}} if number % 10 else {}),
        }
        client.put_item(TableName=name, Item=item)
    return str(name)


def pages(client: Any, table: str, asked: dict[str, Any]) -> list[Any]:
    """Items, page by page."""
    found = client.get_paginator("query").paginate(TableName=table, **asked)
    return [(page["Items"], page["ScannedCount"], page.get("LastEvaluatedKey")) for page in found]


def asked_for(name: str, kind: str, value: str, **more: Any) -> dict[str, Any]:
    values = {":v": {kind: value}, **more.pop("values", {})}
    return {"KeyConditionExpression": f"{name} = :v", "ExpressionAttributeValues": values, **more}


BY_PERSON = {"IndexName": "by-person"}


@pytest.mark.parametrize(
    "asked",
    [
        asked_for("Person", "S", "bob", **BY_PERSON),
        asked_for("Person", "S", "bob", **BY_PERSON, ScanIndexForward=False, Limit=7),
        asked_for("Person", "S", "nobody", **BY_PERSON),
        asked_for("Person", "S", "ada", **BY_PERSON, FilterExpression="attribute_exists(Likes)"),
        asked_for("Likes", "N", "3", IndexName="by-likes"),
        asked_for("Likes", "N", "3.00", IndexName="by-likes", Limit=5),
        {
            **asked_for("Person", "S", "eve", **BY_PERSON, values={":low": {"S": "20"}, ":high": {"S": "60"}}),
            "KeyConditionExpression": "Person = :v AND At BETWEEN :low AND :high",
        },
        {"KeyConditions": {"Person": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "bob"}]}}, **BY_PERSON},
    ],
)
def test_an_index_answers_as_motos(
    client: Any, table: str, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = pages(client, table, asked)
    with_speedups(monkeypatch)
    assert pages(client, table, asked) == own


@pytest.mark.parametrize("value", ["bob", "nobody", "05"])
@pytest.mark.parametrize("more", [{}, {"ScanIndexForward": False, "Limit": 4}])
def test_a_table_answers_as_motos(
    client: Any, table: str, value: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = client.describe_table(TableName=table)["Table"]["KeySchema"][0]["AttributeName"]
    own = pages(client, table, asked_for(key, "S", value, **more))
    with_speedups(monkeypatch)
    assert pages(client, table, asked_for(key, "S", value, **more)) == own


def test_only_what_matches_is_sorted_and_a_scan_has_all(
    client: Any, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorted_items: list[int] = []
    all_items = Table.all_items

    def counted(self: Any) -> Any:
        found = all_items(self)
        sorted_items.append(len(found))
        return found

    monkeypatch.setattr(Table, "all_items", counted)
    with_speedups(monkeypatch)
    assert len(pages(client, table, asked_for("Person", "S", "bob", **BY_PERSON))[0][0]) == 30
    assert client.scan(TableName=table)["Count"] == 90
    assert sorted_items == [30, 90]


def with_speedups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test ends."""
    for name in ("query", "all_items"):
        monkeypatch.setattr(Table, name, vars(Table)[name])
    speedups.sort_what_matches()
