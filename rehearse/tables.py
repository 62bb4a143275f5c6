"""Reading a system's tables, for the counters of its workload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer


class TableReader:
    """Reads whole tables of one environment; a ``systems.workload.ReadTable``.

    Args:
        dynamodb: boto3 client.
        name_of: AWS name of a table by its name in the system.
    """

    def __init__(self, dynamodb: Any, *, name_of: Callable[[str], str]) -> None:
        self._dynamodb = dynamodb
        self._name_of = name_of

    def __call__(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Every item of ``table``, read consistently.

        Returns:
            Plain values by attribute name; numbers are ``int`` where they are whole, else ``float``.
        """
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._name_of(table), ConsistentRead=True)
        return [_plain_item(item) for page in pages for item in page["Items"]]


def _plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
