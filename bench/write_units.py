"""What a like costs on DynamoDB, in write units: exactly once with a ledger, and as a plain update of a counter.

A write unit writes up to 1 KB of one item; inside a transaction that takes two. Expired rows of the ledger are deleted
free of charge. No index of the table of mysfits has the counter, so none is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.mysfits.like_batch import MOST_LIKES, LikeBatch, Tables

_TRANSACTIONAL: Final = 2
_UNIT_BYTES: Final = 1024
_TABLES: Final = Tables(mysfits="mysfits", ledger="ledger")


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """About the size of an item as DynamoDB counts it: names and values as UTF-8, a number as half its digits.

    Source: "DynamoDB item sizes and formats" in the developer guide.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "BOOL":
        return 1
    return math.ceil(len(inner) / 2) + 1 if kind == "N" else len(str(inner).encode())


def group_of(likes_per_second: float, *, commit_seconds: float, tasks: int) -> float:
    """How many likes of one mysfit go into one transaction: those that come to a task while it commits."""
    arriving = likes_per_second / tasks * commit_seconds
    return min(max(1.0, arriving), float(MOST_LIKES))


def plain_units(mysfit: Mapping[str, Mapping[str, Any]]) -> float:
    """Write units of one like as an update of the counter, without a transaction: it may count twice, or not at all."""
    return float(_units(item_bytes(mysfit)))


def exactly_once_units(mysfit: Mapping[str, Mapping[str, Any]], *, group: float) -> float:
    """Write units of one like in a transaction of ``group`` likes, from the very request that is sent."""
    keys = [f"{number:032x}" for number in range(max(1, round(group)))]
    request = LikeBatch.of(mysfit["MysfitId"]["S"], keys).request(_TABLES)
    written = list(_written_bytes(request["TransactItems"], mysfit))
    rows, counter = written[:-1], written[-1]
    return _TRANSACTIONAL * (_units(rows[0]) + _units(counter) / max(1.0, group))


def _written_bytes(actions: Iterable[Mapping[str, Any]], mysfit: Mapping[str, Mapping[str, Any]]) -> Iterator[int]:
    """Size of the item of each action; an update is billed by the whole item."""
    for action in actions:
        yield item_bytes(action["Put"]["Item"]) if "Put" in action else item_bytes(mysfit)


def _units(size_bytes: int) -> int:
    return math.ceil(size_bytes / _UNIT_BYTES)
