"""The deployment's table, as the tests look behind the page."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Final

from boto3.dynamodb.types import TypeSerializer

from systems.checkout import ROOT

MYSFITS: Final[list[dict[str, Any]]] = json.loads((ROOT / "mysfits" / "mysfits.json").read_text(encoding="utf-8"))
"""The twelve, as they are seeded."""


def named(name: str) -> dict[str, Any]:
    """One of the twelve."""
    return next(mysfit for mysfit in MYSFITS if mysfit["Name"] == name)


class MysfitTable:
    """Likes and adoptions as stored; and changes that are undone."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def likes(self, name: str) -> int:
        """How often that mysfit was liked."""
        return int(self._item(named(name)["MysfitId"])["Likes"]["N"])

    def adopted(self, name: str) -> bool:
        """Whether that mysfit has a home."""
        return bool(self._item(named(name)["MysfitId"])["Adopted"]["BOOL"])

    def _item(self, mysfit_id: str) -> dict[str, Any]:
        key = {"MysfitId": {"S": mysfit_id}}
        item: dict[str, Any] = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True)["Item"]
        return item

    @contextlib.contextmanager
    def restoring(self, name: str) -> Iterator[None]:
        """Put that mysfit back as it is now, whatever happens to it meanwhile."""
        before = self._item(named(name)["MysfitId"])
        try:
            yield
        finally:
            self._client.put_item(TableName=self._name, Item=before)

    @contextlib.contextmanager
    def homeless(self, name: str) -> Iterator[None]:
        """That mysfit has no home yet, whoever adopted it before."""
        mysfit_id = named(name)["MysfitId"]
        with self.restoring(name):
            self._client.put_item(TableName=self._name, Item=self._item(mysfit_id) | {"Adopted": {"BOOL": False}})
            yield

    @contextlib.contextmanager
    def without(self, name: str) -> Iterator[None]:
        """That mysfit is away."""
        with self.restoring(name):
            self._client.delete_item(TableName=self._name, Key={"MysfitId": {"S": named(name)["MysfitId"]}})
            yield

    @contextlib.contextmanager
    def with_more(self, mysfit: dict[str, Any]) -> Iterator[None]:
        """One more mysfit, of plain values."""
        serialize = TypeSerializer().serialize
        item = {name: serialize(value) for name, value in mysfit.items()}
        try:
            self._client.put_item(TableName=self._name, Item=item)
            yield
        finally:
            self._client.delete_item(TableName=self._name, Key={"MysfitId": item["MysfitId"]})
