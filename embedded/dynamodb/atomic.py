"""Makes moto's DynamoDB keep what DynamoDB promises: each operation is atomic, and so is each transaction.

moto serves requests in threads without a lock, so concurrent updates of one item can be lost; and it protects a
transaction by deep-copying every table once per action (75 ledger rows a second, falling with the table) and puts the
copy back on failure, over whatever others wrote meanwhile. Here one lock serialises operations and a failed
transaction undoes exactly the items it touched.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_OPERATIONS: Final = (
    "put_item",
    "update_item",
    "delete_item",
    "get_item",
    "query",
    "scan",
    "create_table",
    "delete_table",
)

Touched = Callable[[str, Any, Any], None]
"""Told of (table name, hash key, range key) of each item that was or may have been written."""


def make_atomic(*, touched: Touched) -> threading.RLock:
    """Patch the backend; returns the lock, for whoever reads records beside the API."""
    lock = threading.RLock()
    for name in _OPERATIONS:
        _serialise(name, lock)
    _announce_writes(touched)
    _undo_failed_transactions(lock)
    return lock


def keys_of(backend: Any, table_name: str, attributes: dict[str, Any]) -> tuple[Any, Any]:
    """Hash and range key (None without one) among typed attributes, as moto's table indexes them."""
    keys: tuple[Any, Any] = backend.get_keys_value(backend.get_table(table_name), attributes)
    return keys


def _serialise(name: str, lock: threading.RLock) -> None:
    original = getattr(DynamoDBBackend, name)

    @functools.wraps(original)
    def locked(self: Any, *arguments: Any, **named: Any) -> Any:
        with lock:
            return original(self, *arguments, **named)

    setattr(DynamoDBBackend, name, locked)


def _announce_writes(touched: Touched) -> None:
    for name in ("put_item", "update_item", "delete_item"):
        original = getattr(DynamoDBBackend, name)

        @functools.wraps(original)
        def announced(
            self: Any, table_name: str, item: dict[str, Any], *rest: Any, _original: Any = original, **named: Any
        ) -> Any:
            answer = _original(self, table_name, item, *rest, **named)
            touched(self.get_table(table_name).name, *keys_of(self, table_name, item))
            return answer

        setattr(DynamoDBBackend, name, announced)


def _undo_failed_transactions(lock: threading.RLock) -> None:
    original = DynamoDBBackend.transact_write_items
    depth = threading.local()

    def copy_table(self: Any, memo: dict[int, Any]) -> Any:
        """Within a transaction moto's protective copies are not needed: the undo below does their work."""
        if getattr(depth, "inside", False):
            return self
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> Any:
        with lock, _undo_on_error(self, transact_items):
            depth.inside = True
            try:
                return original(self, transact_items)
            finally:
                depth.inside = False

    Table.__deepcopy__ = copy_table
    DynamoDBBackend.transact_write_items = transact_write_items


@contextlib.contextmanager
def _undo_on_error(backend: Any, transact_items: list[dict[str, Any]]) -> Iterator[None]:
    before: list[tuple[Any, Any, Any, Any]] = []
    for action in transact_items:
        kind, body = next(iter(action.items()))
        if kind == "ConditionCheck" or body["TableName"] not in backend.tables:
            continue
        table = backend.tables[body["TableName"]]
        hash_key, range_key = keys_of(backend, body["TableName"], body["Item" if kind == "Put" else "Key"])
        before.append((table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key))))
    try:
        yield
    except BaseException:
        for table, hash_key, range_key, item in before:
            _put_back(table, hash_key, range_key, item)
        raise


def _put_back(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    if item is None:
        table.delete_item(hash_key, range_key)
    elif range_key is None:
        table.items[hash_key] = item
    else:
        table.items[hash_key][range_key] = item
