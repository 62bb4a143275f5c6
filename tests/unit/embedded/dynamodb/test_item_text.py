"""Keys as text: the same for keys that DynamoDB calls equal, and the same as ever, for files that are there already."""

from __future__ import annotations

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType

from embedded.dynamodb.item_text import key_text


def key(**typed: object) -> DynamoType:
    return DynamoType(typed)


@pytest.mark.parametrize(
    ("hash_key", "range_key", "text"),
    [
        (key(S="x"), None, '[["S","x"],null]'),
        (key(S="x"), key(N="1"), '[["S","x"],["N","1"]]'),
        (key(N="1.50"), None, '[["N","1.5"],null]'),
        (key(B=b"\x00\xff"), None, '[["B","AP8="],null]'),
        (key(B="AP8="), None, '[["B","AP8="],null]'),
    ],
    ids=["text", "with a range", "number", "bytes", "bytes of a request"],
)
def test_a_key_has_one_text(hash_key: DynamoType, range_key: DynamoType | None, text: str) -> None:
    assert key_text(hash_key, range_key) == text


@pytest.mark.parametrize(
    "equal", [("0", "-0", "0.0", "0E+3"), ("100", "1E+2", "100.0", "+100"), ("-0.5", "-.50", "-5e-1")]
)
def test_equal_numbers_have_the_same_text(equal: tuple[str, ...]) -> None:
    assert len({key_text(key(N=number), None) for number in equal}) == 1
