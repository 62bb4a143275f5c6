"""The stack's tables without Terraform, for a DynamoDB on its own in tests and benchmarks."""

from __future__ import annotations

from typing import Any


def create_tables(client: Any, *, mysfits: str, ledger: str) -> None:
    """Make the table of mysfits with both indexes, and the ledger of likes; ``client`` is boto3's of DynamoDB."""
    client.create_table(
        TableName=ledger,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "LikeId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LikeId", "KeyType": "HASH"}],
    )
    keys = ("MysfitId", "GoodEvil", "LawChaos")
    client.create_table(
        TableName=mysfits,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": "MysfitId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[_index("GoodEvil", "LawChaos"), _index("LawChaos", "GoodEvil")],
    )


def delete_tables(client: Any, *, mysfits: str, ledger: str) -> None:
    """Drop both with everything in them; one that is not there is no mistake."""
    for name in (mysfits, ledger):
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            continue


def _index(axis: str, other: str) -> dict[str, Any]:
    return {
        "IndexName": f"{axis}Index",
        "KeySchema": [
            {"AttributeName": axis, "KeyType": "HASH"},
            {"AttributeName": "MysfitId", "KeyType": "RANGE"},
        ],
        "Projection": {
            "ProjectionType": "INCLUDE",
            "NonKeyAttributes": ["Name", "Species", "ThumbImageUri", other],
        },
    }
