"""moto's DynamoDB made atomic and durable for one test, and plain again after it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from embedded.dynamodb import backend as dynamodb
from embedded.dynamodb import log_file
from embedded.dynamodb.disk import ItemStore
from embedded.dynamodb.item_text import Change, key_text
from embedded.dynamodb.log_file import LogFile
from embedded.dynamodb.units import Units

Items = dict[str, dict[str, Mapping[str, Any]]]
"""Plain attributes by table name and key."""


def make_table(backend: Any, name: str, *, range_key: bool = False, stream: bool = False) -> Any:
    keys = [("Id", "HASH"), ("At", "RANGE")][: 2 if range_key else 1]
    return backend.create_table(
        name,
        [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        None,
        [{"AttributeName": "Id", "AttributeType": "S"}, {"AttributeName": "At", "AttributeType": "N"}][: len(keys)],
        None,
        None,
        {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"} if stream else None,
        "PAY_PER_REQUEST",
        None,
        [],
        False,
        None,
    )


@dataclass
class Database:
    """One moto DynamoDB with its file."""

    folder: Path
    backend: Any = None
    store: ItemStore = field(init=False)
    units: Units = field(init=False)
    copies: int = 0

    @property
    def path(self) -> Path:
        return self.folder / "items.sqlite3"

    def tables(self) -> list[Any]:
        return list(self.backend.tables.values())

    def open(self) -> ItemStore:
        self.store = ItemStore(self.path, tables=self.tables)
        return self.store

    def in_memory(self) -> Items:
        return {
            table.name: {
                key_text(item.hash_key, item.range_key): item.to_json()["Attributes"] for item in table.all_items()
            }
            for table in self.tables()
            if table.all_items()
        }

    def on_disk(self) -> Items:
        """What a process that starts now would find, as if this one had been killed."""
        self.copies += 1
        copy = self.folder / f"copy-{self.copies}"
        copy.mkdir()
        for file in self.folder.glob(f"{self.path.name}*"):
            shutil.copy(file, copy)
        found = log_file.read(copy / self.path.name, table_arn=str)
        shutil.rmtree(copy)
        assert not found.damage
        return {
            arn.rpartition("/")[2]: {key: dict(change.attributes or {}) for key, change in kept.items()}
            for arn, kept in log_file.last_states(found.changes).items()
            if kept
        }

    def restart(self) -> None:
        """As after a kill: memory is gone, the tables are made again by name and keys."""
        tables = [(table.name, table.has_range_key) for table in self.tables()]
        self.store.close()
        self.backend.tables.clear()
        self.open()
        for name, range_key in tables:
            make_table(self.backend, name, range_key=range_key)


@pytest.fixture
def plain_moto() -> Iterator[None]:
    """Takes back what ``install`` changes."""
    before = {kind: dict(vars(kind)) for kind in (DynamoHandler, Table)}
    dynamodb_backends.clear()
    yield
    for kind, attributes in before.items():
        for name in set(vars(kind)) - set(attributes):
            delattr(kind, name)
        for name, value in attributes.items():
            if vars(kind)[name] is not value:
                setattr(kind, name, value)
    dynamodb_backends.clear()
    dynamodb_backends.backend = DynamoDBBackend


@pytest.fixture
def database(tmp_path: Path, plain_moto: None) -> Iterator[Database]:
    del plain_moto
    made = Database(folder=tmp_path)
    made.units = dynamodb.install(_Present(made))
    made.backend = dynamodb_backends["123456789012"]["us-east-1"]
    made.open()
    yield made
    made.store.close()


@dataclass(frozen=True)
class _Present:
    """The store that is open at the time."""

    database: Database

    def write(self, changes: list[Change]) -> None:
        self.database.store.write(changes)

    def is_in_place(self) -> bool:
        return self.database.store.is_in_place()

    def take_up(self, table: Any) -> None:
        self.database.store.take_up(table)

    def forget(self, table_arn: str) -> None:
        self.database.store.forget(table_arn)


Fail = Callable[[str], None]


@pytest.fixture
def fail_next(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Makes the next write fail: "before" anything is written, or "after" all of it was; "" lets it succeed."""
    planned: list[str] = []
    append = LogFile.append

    def failing(self: LogFile, number: int, content: bytes) -> None:
        when = planned.pop() if planned else ""
        if when != "before":
            append(self, number, content)
        if when:
            raise sqlite3.OperationalError("database or disk is full")

    def plan(when: str) -> None:
        planned[:] = [when]

    monkeypatch.setattr(LogFile, "append", failing)
    return plan
