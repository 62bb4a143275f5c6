"""Seed items of the system's tables, put there once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from cli import aws
from settings.settings import Settings
from systems.checkout import ROOT
from systems.table import Table


def present_tables(settings: Settings, outputs: Mapping[str, Any]) -> dict[str, str]:
    """AWS name by name of each table that is there, by the outputs of the last apply."""
    wanted = settings.system.tables
    return {table.name: outputs[table.output_name] for table in wanted if table.output_name in outputs}


def seed(settings: Settings, outputs: Mapping[str, Any]) -> dict[str, int]:
    """Put every seed item that its table does not have; those that are there stay as they are.

    Args:
        settings: of the environment.
        outputs: of its last apply.

    Returns:
        How many items were new, by the table's AWS name; tables without new ones are left out.
    """
    names, dynamodb = present_tables(settings, outputs), aws.client(settings, "dynamodb")
    seeded = [table for table in settings.system.tables if table.seed and table.name in names]
    added = {names[table.name]: put_items(dynamodb, names[table.name], table) for table in seeded}
    return {name: count for name, count in added.items() if count}


def put_items(dynamodb: Any, name: str, table: Table) -> int:
    """Put the table's seed items with a boto3 client into the table of this AWS name.

    Returns:
        How many were new.
    """
    return sum(_put_if_absent(dynamodb, name, table.hash_key, item) for item in items(table))


def items(table: Table) -> list[dict[str, Any]]:
    """The seed items as their file has them: plain values by attribute name."""
    text = (ROOT / table.seed).read_text(encoding="utf-8")
    loaded: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)
    return loaded


def typed(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as DynamoDB's API has it: each value with its type."""
    serializer = TypeSerializer()
    return {attribute: serializer.serialize(value) for attribute, value in item.items()}


def _put_if_absent(dynamodb: Any, name: str, key: str, item: Mapping[str, Any]) -> bool:
    try:
        dynamodb.put_item(
            TableName=name,
            Item=typed(item),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": key},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
