"""Our system's tables without Terraform, for a DynamoDB on its own in tests and benchmarks."""

from __future__ import annotations

from typing import Any

from mysfits.tables import LEDGER, MYSFITS
from systems.table import Index, Table


def create_tables(client: Any, *, mysfits: str, ledger: str) -> None:
    """Make the table of mysfits with both indexes, and the ledger of likes; ``client`` is boto3's of DynamoDB."""
    client.create_table(**_request(LEDGER, ledger))
    client.create_table(**_request(MYSFITS, mysfits))


def delete_tables(client: Any, *, mysfits: str, ledger: str) -> None:
    """Drop both with everything in them; one that is not there is no mistake."""
    for name in (mysfits, ledger):
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            continue


def _request(table: Table, name: str) -> dict[str, Any]:
    """Arguments of CreateTable for the table under this name."""
    attributes = [{"AttributeName": key, "AttributeType": kind} for key, kind in table.attributes.items()]
    indexes = [_index(index_name, index) for index_name, index in table.indexes.items()]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": _keys(table),
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def _index(name: str, index: Index) -> dict[str, Any]:
    carries = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.non_key_attributes)}
    return {
        "IndexName": name,
        "KeySchema": _keys(index),
        "Projection": carries if index.non_key_attributes else {"ProjectionType": "KEYS_ONLY"},
    }


def _keys(one: Table | Index) -> list[dict[str, str]]:
    keys = [("HASH", one.hash_key), ("RANGE", one.range_key)]
    return [{"AttributeName": key, "KeyType": kind} for kind, key in keys if key]
