"""Makes moto's DynamoDB keep what DynamoDB promises: each operation is atomic, and so is each transaction.

moto serves requests in threads without a lock, so concurrent updates of one item can be lost; and it protects a
transaction by deep-copying every table once per action (75 ledger rows a second, falling with the table) and puts the
copy back on failure, over whatever others wrote meanwhile. Here each public method is a unit of work
(``embedded.dynamodb.units``), so that no operation can be forgotten.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import threading
from collections.abc import Iterator
from typing import Any, Final

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from embedded.dynamodb.disk import DiskError
from embedded.dynamodb.item_text import table_arn
from embedded.dynamodb.units import Disk, Units

_PLUMBING: Final = frozenset(("call_action", "get_endpoint_name"))
"""Public methods of the request handler that are no operations."""


class _NotKept(JsonRESTError):  # type: ignore[misc]
    """DynamoDB's answer when it could not do what it was asked for reasons of its own; SDKs try again."""

    code = 500

    def __init__(self, message: str) -> None:
        super().__init__("InternalServerError", message)


def make_atomic(disk: Disk) -> Units:
    """Patch moto; done once, before serving. ``disk`` keeps every change before its operation is answered."""
    units = Units(disk, backends=backends)
    _note_items_that_change(units)
    _spare_copies_of_tables()
    _forget_items_of_missing_tables(disk)
    for kind in (DynamoDBBackend, DynamoHandler):
        for name, method in list(vars(kind).items()):
            if inspect.isfunction(method) and not name.startswith("_") and name not in _PLUMBING:
                setattr(kind, name, _as_unit(method, units, answers=kind is DynamoHandler))
    return units


def backends() -> Iterator[Any]:
    """Every DynamoDB that exists, of any account and region."""
    for regions in list(dynamodb_backends.values()):
        yield from list(regions.values())


def tables() -> list[Any]:
    """Every table of them."""
    return [table for backend in backends() for table in list(backend.tables.values())]


def _as_unit(method: Any, units: Units, *, answers: bool) -> Any:
    @functools.wraps(method)
    def unit(*arguments: Any, **named: Any) -> Any:
        with units:
            return method(*arguments, **named)

    @functools.wraps(method)
    def answered(*arguments: Any, **named: Any) -> Any:
        try:
            with units:
                return method(*arguments, **named)
        except DiskError as problem:
            raise _NotKept(str(problem)) from problem

    return answered if answers else unit


def _note_items_that_change(units: Units) -> None:
    put, delete, update = Table.put_item, Table.delete_item, DynamoDBBackend.update_item

    @functools.wraps(put)
    def put_item(self: Any, item_attrs: dict[str, Any], *rest: Any, **named: Any) -> Any:
        with units:
            keys = _keys(self, item_attrs)
            if keys is not None:
                units.touch(self, *keys, self.get_item(*keys))
            return put(self, item_attrs, *rest, **named)

    @functools.wraps(delete)
    def delete_item(self: Any, hash_key: Any, range_key: Any) -> Any:
        with units:
            units.touch(self, hash_key, range_key, self.get_item(hash_key, range_key))
            return delete(self, hash_key, range_key)

    @functools.wraps(update)
    def update_item(self: Any, table_name: str, key: dict[str, Any], *rest: Any, **named: Any) -> Any:
        table = self.get_table(table_name)
        keys = _keys(table, key)
        if keys is not None:
            units.touch(table, *keys, copy.deepcopy(table.get_item(*keys)))  # moto changes the item itself
        return update(self, table_name, key, *rest, **named)

    Table.put_item, Table.delete_item, DynamoDBBackend.update_item = put_item, delete_item, update_item


def _keys(table: Any, attributes: dict[str, Any]) -> tuple[Any, Any] | None:
    """Hash and range key (None without one) as moto's table indexes them; None for keys that moto will refuse."""
    try:
        hash_key = DynamoType(attributes[table.hash_key_attr])
        range_key = DynamoType(attributes[table.range_key_attr]) if table.range_key_attr else None
        table.get_item(hash_key, range_key)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, MockValidationException):
        return None
    return hash_key, range_key


def _spare_copies_of_tables() -> None:
    """Within a transaction moto's protective copies are not needed: the unit does their work."""
    transact = DynamoDBBackend.transact_write_items
    inside = threading.local()

    def copy_table(self: Any, memo: dict[int, Any]) -> Any:
        if getattr(inside, "transaction", False):
            return self
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    @functools.wraps(transact)
    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> Any:
        inside.transaction = True
        with contextlib.ExitStack() as stack:
            stack.callback(setattr, inside, "transaction", False)
            return transact(self, transact_items)

    Table.__deepcopy__ = copy_table
    DynamoDBBackend.transact_write_items = transact_write_items


def _forget_items_of_missing_tables(disk: Disk) -> None:
    """Items may be kept of a table that is not there; DeleteTable then drops them, and says that there is no table."""
    delete = DynamoDBBackend.delete_table

    @functools.wraps(delete)
    def delete_table(self: Any, name: str) -> Any:
        if name not in self.tables:
            disk.forget(name if name.startswith("arn:") else table_arn(self.account_id, self.region_name, name))
        return delete(self, name)

    DynamoDBBackend.delete_table = delete_table
