"""DynamoDB that keeps what it promises: each operation is atomic, and so is each transaction.

moto serves requests in threads without a lock, so concurrent updates of one item can be lost; and it protects a
transaction by deep-copying every table once per action (75 rows a second, falling with the table) and puts the copy
back on failure, over whatever others wrote meanwhile. Here each public method is a unit of work
(``embedded.dynamodb.units``), so that no operation can be forgotten. Upstream issue: none.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, TypeVar

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from embedded import patches
from embedded.dynamodb.disk import DiskError
from embedded.dynamodb.item_text import table_arn
from embedded.dynamodb.request_tokens import RequestTokens
from embedded.dynamodb.units import Disk, Units
from embedded.overriding import override
from embedded.registration import OurBackend, register

_PLUMBING: Final = frozenset(("call_action", "get_endpoint_name"))
"""Public methods of the request handler that are no operations."""

_UNREADABLE: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What moto ends with when it meets a request that it was not written for."""

_inside: Final = threading.local()
"""Whether this thread is in a transaction."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class _NotKept(JsonRESTError):
    """DynamoDB's answer when it could not do what it was asked for reasons of its own; SDKs try again."""

    code = 500

    def __init__(self, message: str) -> None:
        super().__init__("InternalServerError", message)


def _each_public_method_is_a_unit(kind: type[T]) -> type[T]:
    """Also those that ``kind`` inherits from moto and does not name."""
    for name in _public_methods(DynamoDBBackend):
        setattr(kind, name, _as_unit(getattr(kind, name)))
    return kind


def _public_methods(kind: type) -> list[str]:
    return [name for name, one in vars(kind).items() if inspect.isfunction(one) and not name.startswith("_")]


def _as_unit(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def unit(self: EmbeddedDynamoDb, *arguments: Any, **named: Any) -> Any:
        with self.units:
            return method(self, *arguments, **named)

    return unit


@_each_public_method_is_a_unit
class EmbeddedDynamoDb(OurBackend, DynamoDBBackend):
    """moto's DynamoDB, kept on disk.

    Attributes:
        units: of every DynamoDB in this process, so that none sees another's half-done work.
    """

    units: ClassVar[Units]

    @override
    def update_item(self, table_name: str, key: dict[str, Any], *rest: Any, **named: Any) -> Any:
        """moto changes the item itself. Upstream issue: none."""
        table = self.get_table(table_name)
        keys = _keys(table, key)
        if keys is not None:
            self.units.touch(table, *keys, copy.deepcopy(table.get_item(*keys)))
        return super().update_item(table_name, key, *rest, **named)

    @override
    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """moto's protective copies of tables are not needed: the unit does their work. Upstream issue: none."""
        _inside.transaction = True
        with contextlib.ExitStack() as stack:
            stack.callback(setattr, _inside, "transaction", False)
            super().transact_write_items(transact_items)

    @override
    def delete_table(self, name: str) -> Table:
        """Items may be kept of a table that is not there; this then drops them, and says that there is no table.

        Upstream issue: none, moto keeps nothing.
        """
        if name not in self.tables:
            arn = name if name.startswith("arn:") else table_arn(self.account_id, self.region_name, name)
            self.units.forget(arn)
        return super().delete_table(name)


def install(disk: Disk) -> Units:
    """Make every DynamoDB of this process one that ``disk`` keeps; done once, before moto is used.

    Raises:
        PatchError: moto is not as this was written for.
    """
    register(dynamodb_backends, EmbeddedDynamoDb)
    units = EmbeddedDynamoDb.units = Units(disk, backends=backends)
    _note_items_that_change()
    patches.add(Table, "__deepcopy__", _copy_table)
    tokens = RequestTokens()
    for name in _public_methods(DynamoHandler):
        if name not in _PLUMBING:
            answered = _answered(vars(DynamoHandler)[name])
            answered = tokens.around(answered) if name == "transact_write_items" else answered
            patches.replace(DynamoHandler, name, answered, written_for="self")
    return units


def backends() -> Iterator[Any]:
    """Every DynamoDB that exists, of any account and region."""
    for regions in list(dynamodb_backends.values()):
        yield from list(regions.values())


def tables() -> list[Any]:
    """Every table of them."""
    return [table for backend in backends() for table in list(backend.tables.values())]


def _answered(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An operation of the request handler is a unit too: it may call several methods of the backend."""

    @functools.wraps(operation)
    def answered(self: Any) -> Any:
        try:
            with EmbeddedDynamoDb.units:
                return operation(self)
        except DiskError as problem:
            raise _NotKept(str(problem)) from problem
        except _UNREADABLE as problem:
            log.warning("%s cannot be read", operation.__name__, exc_info=problem)
            raise MockValidationException(
                f"The embedded DynamoDB cannot read this request: {type(problem).__name__}: {problem}"
            ) from problem

    return answered


def _note_items_that_change() -> None:
    put, delete = Table.put_item, Table.delete_item

    @functools.wraps(put)
    def put_item(self: Table, item_attrs: dict[str, Any], *rest: Any, **named: Any) -> Any:
        units = EmbeddedDynamoDb.units
        with units:
            keys = _keys(self, item_attrs)
            if keys is not None:
                units.touch(self, *keys, self.get_item(*keys))
            return put(self, item_attrs, *rest, **named)

    @functools.wraps(delete)
    def delete_item(self: Table, hash_key: Any, range_key: Any) -> Any:
        units = EmbeddedDynamoDb.units
        with units:
            units.touch(self, hash_key, range_key, self.get_item(hash_key, range_key))
            return delete(self, hash_key, range_key)

    patches.replace(
        Table,
        "put_item",
        put_item,
        written_for="self, item_attrs, expected, condition_expression, expression_attribute_names, "
        "expression_attribute_values, overwrite, return_values_on_condition_check_failure",
    )
    patches.replace(Table, "delete_item", delete_item, written_for="self, hash_key, range_key")


def _keys(table: Any, attributes: dict[str, Any]) -> tuple[Any, Any] | None:
    """Hash and range key (None without one) as moto's table indexes them; None for keys that moto will refuse."""
    try:
        hash_key = DynamoType(attributes[table.hash_key_attr])
        range_key = DynamoType(attributes[table.range_key_attr]) if table.range_key_attr else None
        table.get_item(hash_key, range_key)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, MockValidationException):
        return None
    return hash_key, range_key


def _copy_table(self: Table, memo: dict[int, Any]) -> Any:
    """Within a transaction the table itself."""
    if getattr(_inside, "transaction", False):
        return self
    twin = object.__new__(type(self))
    memo[id(self)] = twin
    twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return twin
