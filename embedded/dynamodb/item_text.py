"""Items as bytes for the disk, and back: JSON of typed attributes, with binary values as an object of one text."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

_BASE64: Final = "base64"
_MARK: Final = b'"base64":"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One item that was written, or one table that lost all its items.

    Attributes:
        table_arn: of its table.
        key: ``key_text`` of the item; None for every item of the table.
        attributes: typed attributes (moto's or plain JSON); None when it was deleted.
    """

    table_arn: str
    key: str | None = None
    attributes: Mapping[str, Any] | None = None


def key_text(hash_key: Any, range_key: Any) -> str:
    """One text for keys that are equal; DynamoDB calls the numbers 1 and 1.0 equal."""
    return orjson.dumps([_key_part(hash_key), _key_part(range_key)]).decode()


def table_arn(account_id: str, region: str, name: str) -> str:
    """The ARN of a table."""
    return f"arn:aws:dynamodb:{region}:{account_id}:table/{name}"


def _key_part(key: Any) -> list[str] | None:
    """``key`` is moto's DynamoType, or None where a table has no range key."""
    if key is None:
        return None
    value = key.value
    if key.type == "N":
        value = str(Decimal(value).normalize() + 0)  # plus 0: there is one zero
    elif not isinstance(value, str):
        value = base64.b64encode(value).decode("ascii")
    return [key.type, value]


def encode(changes: Sequence[Change]) -> bytes:
    """What ``decode`` reads."""
    rows = [(change.table_arn, change.key, change.attributes) for change in changes]
    return orjson.dumps(rows, default=_plain)


def decode(content: bytes) -> list[Change]:
    """The changes with plain attributes.

    Raises:
        ValueError: it is not what ``encode`` makes.
    """
    rows = orjson.loads(content)
    if _MARK in content:
        rows = _bytes_again(rows)
    return [Change(table_arn=arn, key=key, attributes=attributes) for arn, key, attributes in rows]


def decode_older(table_arn: str, key: str, attributes: str) -> Change:
    """One item as earlier versions kept it: the key as a list of typed attributes."""
    parts = [part and _OlderKey(*next(iter(part.items()))) for part in _bytes_again(orjson.loads(key))]
    return Change(table_arn=table_arn, key=key_text(*parts), attributes=_bytes_again(orjson.loads(attributes)))


@dataclass(frozen=True, slots=True)
class _OlderKey:
    type: str
    value: Any


def _plain(value: Any) -> Any:
    """What orjson does not know: moto's typed values, and bytes, which become an object that no typed value is."""
    if isinstance(value, bytes | bytearray):
        return {_BASE64: base64.b64encode(value).decode("ascii")}
    return {value.type: value.value}


def _bytes_again(value: Any) -> Any:
    """Undo what ``_plain`` does to bytes."""
    if isinstance(value, list):
        return [_bytes_again(inner) for inner in value]
    if isinstance(value, dict):
        content = value.get(_BASE64)
        if isinstance(content, str):
            return base64.b64decode(content)
        return {name: _bytes_again(inner) for name, inner in value.items()}
    return value
