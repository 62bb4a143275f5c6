"""The twelve mysfits, put into the table once."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from cli import aws
from settings.settings import Settings
from systems.checkout import ROOT


def mysfits() -> list[dict[str, Any]]:
    """The items as ``mysfits/mysfits.json`` has them: plain values by attribute name."""
    loaded: list[dict[str, Any]] = json.loads((ROOT / "mysfits" / "mysfits.json").read_text(encoding="utf-8"))
    return loaded


def seed(settings: Settings, table: str) -> int:
    """Put every mysfit that the table does not have; how many were new. Likes of the others stay."""
    return put_mysfits(aws.client(settings, "dynamodb"), table)


def put_mysfits(dynamodb: Any, table: str) -> int:
    """The same with a boto3 client."""
    return sum(_put_if_absent(dynamodb, table, item) for item in mysfits())


def _put_if_absent(dynamodb: Any, table: str, item: dict[str, Any]) -> bool:
    try:
        dynamodb.put_item(TableName=table, Item=typed(item), ConditionExpression="attribute_not_exists(MysfitId)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def typed(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """``item`` with each value as DynamoDB's API takes it, beside its type."""
    return {name: _typed(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
