from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearse.tables import TableReader

ITEM = {
    "Id": {"S": "a"},
    "Likes": {"N": "7"},
    "Price": {"N": "2.5"},
    "Big": {"N": "1E+3"},
    "Gone": {"BOOL": False},
    "Lines": {"L": [{"M": {"Copies": {"N": "2"}}}]},
}


class Paged:
    """A DynamoDB with two pages of one item, which notes how it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def get_paginator(self, operation: str) -> Paged:
        assert operation == "scan"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked = asked
        yield {"Items": [ITEM]}
        yield {"Items": [{"Id": {"S": "b"}}]}


def test_every_page_is_read_consistently_under_the_tables_aws_name_as_plain_values() -> None:
    dynamodb = Paged()
    items = TableReader(dynamodb, name_of=lambda name: f"shop-dev-{name}")("books")
    assert dynamodb.asked == {"TableName": "shop-dev-books", "ConsistentRead": True}
    assert items == [
        {"Id": "a", "Likes": 7, "Price": 2.5, "Big": 1000, "Gone": False, "Lines": [{"Copies": 2}]},
        {"Id": "b"},
    ]
    assert [type(items[0][name]) for name in ("Likes", "Price", "Big")] == [int, float, int]
