"""The mysfits table, made as the stack makes it, with what the seeder puts in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from bench.tables import create_tables, delete_tables

REGION: Final = "us-east-1"
AWS_ENVIRON: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
MYSFITS: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[3] / "mysfits" / "mysfits.json").read_text(encoding="utf-8")
)


class MysfitTable:
    """The table with both indexes, and the ledger of likes; ``client`` is boto3's DynamoDB client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.endpoint_url: str = client.meta.endpoint_url
        self.name = f"mysfits-{uuid.uuid4().hex[:8]}"
        self.ledger_name = f"{self.name}-ledger"
        self.environ = {"DDB_TABLE_NAME": self.name, "LEDGER_TABLE_NAME": self.ledger_name}

    def create(self) -> None:
        """Make both tables and put the twelve in."""
        create_tables(self._client, mysfits=self.name, ledger=self.ledger_name)
        for item in MYSFITS:
            self.put(item)

    def delete(self) -> None:
        """Drop both."""
        delete_tables(self._client, mysfits=self.name, ledger=self.ledger_name)

    def put(self, item: dict[str, Any]) -> None:
        """Write one item of plain values."""
        serialize = TypeSerializer().serialize
        self._client.put_item(TableName=self.name, Item={name: serialize(value) for name, value in item.items()})

    def item(self, mysfit_id: str) -> dict[str, Any] | None:
        """One item as plain values, or None."""
        found = self._client.get_item(TableName=self.name, Key={"MysfitId": {"S": mysfit_id}}).get("Item")
        deserialize = TypeDeserializer().deserialize
        return None if found is None else {name: deserialize(value) for name, value in found.items()}

    def likes(self, mysfit_id: str) -> int:
        """How often the mysfit was liked."""
        item = self.item(mysfit_id)
        assert item is not None
        return int(item["Likes"])

    def ledger(self) -> dict[str, int]:
        """LikeId and ExpiresAt of every row of the ledger."""
        pages = self._client.get_paginator("scan").paginate(TableName=self.ledger_name)
        return {row["LikeId"]["S"]: int(row["ExpiresAt"]["N"]) for page in pages for row in page["Items"]}

    def count(self) -> int:
        """Number of items."""
        return int(self._client.scan(TableName=self.name, Select="COUNT")["Count"])


@contextmanager
def open_table(endpoint_url: str) -> Iterator[MysfitTable]:
    """A table of one's own at that DynamoDB."""
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=AWS_ENVIRON["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS_ENVIRON["AWS_SECRET_ACCESS_KEY"],
    )
    table = MysfitTable(client)
    table.create()
    yield table
    table.delete()
    client.close()
