"""The bookshop's tables at a DynamoDB that stands alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from systems.table import Table


class ShopTables:
    """Tables under their plain names; ``client`` takes plain values."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.environ = {
            "AWS_ENDPOINT_URL": client.meta.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "BOOKS_TABLE": "books",
            "ORDERS_TABLE": "orders",
        }

    def create(self, table: Table, items: Sequence[Mapping[str, Any]]) -> None:
        """Make a table and put its seed in."""
        indexes = [
            {
                "IndexName": name,
                "KeySchema": _key(index.hash_key, index.range_key),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.non_key_attributes)},
            }
            for name, index in table.indexes.items()
        ]
        self._client.create_table(
            TableName=table.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in table.attributes.items()
            ],
            KeySchema=_key(table.hash_key, table.range_key),
            GlobalSecondaryIndexes=indexes,
        )
        for item in items:
            self._client.put_item(TableName=table.name, Item=item)

    def put_book(self, isbn: str, *, stock: int) -> None:
        """A book of a test's own."""
        item = {"Isbn": isbn, "Title": "T", "Author": "A", "Genre": "Test", "Blurb": "", "PriceCents": 500}
        self._client.put_item(TableName="books", Item={**item, "Stock": stock, "Sold": 0})

    def drop_book(self, isbn: str) -> None:
        """Take it away again."""
        self._client.delete_item(TableName="books", Key={"Isbn": isbn})

    def stock_and_sold(self, isbn: str) -> tuple[int, int]:
        """How many copies are left and how many were sold."""
        item = self._client.get_item(TableName="books", Key={"Isbn": isbn}, ConsistentRead=True)["Item"]
        return int(item["Stock"]), int(item["Sold"])


def _key(hash_key: str, range_key: str) -> list[dict[str, str]]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return keys + ([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])
