"""Units of work: what one operation does to items happens as a whole, in memory and on disk, or not at all.

An operation may call others; the outermost one is the unit. While it runs nobody else reads or writes items. At its end
the changes are written to disk, and only then is it answered; when it fails, or the disk does, what it touched is put
back as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol

from embedded.dynamodb.item_text import Change, key_text


class Disk(Protocol):
    """Where changes are kept."""

    def write(self, changes: list[Change]) -> None:
        """Keep all of them or none, and return when a killed process cannot lose them any more."""

    def is_in_place(self) -> bool:
        """Whether what was kept still is; ``write``, also of nothing, then keeps everything anew."""

    def take_up(self, table: Any) -> None:
        """Fill a table that was just made with the items that are kept for it."""

    def forget(self, table_arn: str) -> None:
        """Drop the items that are kept for a table that is not there."""


class NoDisk:
    """Keeps nothing, for a DynamoDB that ends with its tests."""

    def write(self, changes: list[Change]) -> None:
        """Nothing to do."""

    def is_in_place(self) -> bool:
        """It is."""
        return True

    def take_up(self, table: Any) -> None:
        """Nothing to do."""

    def forget(self, table_arn: str) -> None:
        """Nothing to do."""


class Units:
    """``with units:`` is a unit, or a part of the one that this thread is in.

    Args:
        disk: gets the changes of every unit at its end.
        backends: moto's DynamoDB backends that exist now.
    """

    def __init__(self, disk: Disk, *, backends: Callable[[], Iterable[Any]]) -> None:
        self._disk = disk
        self._backends = backends
        self._lock = threading.RLock()
        self._depth = 0
        self._tables: list[tuple[Any, dict[str, Any]]] = []
        self._before: list[tuple[Any, Any, Any, Any]] = []
        self._streams: list[tuple[Any, int]] = []

    def __enter__(self) -> Units:
        self._lock.acquire()
        if self._depth == 0:
            self._tables = [(backend, dict(backend.tables)) for backend in self._backends()]
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._depth == 1:
                self._end(failed=error is not None)
        finally:
            self._depth -= 1
            self._lock.release()

    def look_after_disk(self) -> None:
        """Keep everything anew where it vanished."""
        if not self._disk.is_in_place():
            with self:
                self._disk.write([])

    def forget(self, table_arn: str) -> None:
        """Drop the items that are kept for a table that is not there."""
        self._disk.forget(table_arn)

    def touch(self, table: Any, hash_key: Any, range_key: Any, before: Any) -> None:
        """Note that an item is about to be written or deleted.

        Args:
            before: the item as it is now (None: there is none), which nobody may change from here on.
        """
        self._before.append((table, hash_key, range_key, before))
        if table.stream_shard is not None:
            self._streams.append((table.stream_shard, len(table.stream_shard.items)))

    def _end(self, *, failed: bool) -> None:
        try:
            if failed:
                self._undo()
            else:
                self._keep()
        finally:
            self._tables, self._before, self._streams = [], [], []

    def _keep(self) -> None:
        came, gone = self._tables_that_came_and_went()
        try:
            changes = [Change(table_arn=table.table_arn) for table in gone]
            for table in came:
                if table.items:
                    changes += [Change(table_arn=table.table_arn), *changes_of_table(table)]
            changes += self._changes_of_items()
            if changes:
                self._disk.write(changes)
        except BaseException:
            self._undo()
            raise
        for table in came:
            if not table.items:
                self._disk.take_up(table)

    def _tables_that_came_and_went(self) -> tuple[list[Any], list[Any]]:
        before = {id(table): table for _, tables in self._tables for table in tables.values()}
        now = {id(table): table for backend in self._backends() for table in backend.tables.values()}
        return [now[one] for one in now.keys() - before.keys()], [before[one] for one in before.keys() - now.keys()]

    def _changes_of_items(self) -> list[Change]:
        present = {id(table) for backend in self._backends() for table in backend.tables.values()}
        return [
            Change(
                table_arn=table.table_arn,
                key=key_text(hash_key, range_key),
                attributes=_attributes(table.get_item(hash_key, range_key)),
            )
            for table, hash_key, range_key, _ in self._before
            if id(table) in present
        ]

    def _undo(self) -> None:
        for table, hash_key, range_key, before in reversed(self._before):
            _put_back(table, hash_key, range_key, before)
        for shard, length in reversed(self._streams):
            del shard.items[length:]
        for backend, tables in self._tables:
            if backend.tables != tables:
                backend.tables.clear()
                backend.tables.update(tables)


def changes_of_table(table: Any) -> list[Change]:
    """Every item of ``table`` as a change."""
    return [
        Change(table_arn=table.table_arn, key=key_text(item.hash_key, item.range_key), attributes=item.attrs)
        for item in table.all_items()
    ]


def _attributes(item: Any) -> Any:
    return None if item is None else item.attrs


def _put_back(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    """Beside ``Table.put_item`` and ``delete_item``, which check conditions and write to streams."""
    items = table.items if range_key is None else table.items[hash_key]
    key = hash_key if range_key is None else range_key
    if item is None:
        items.pop(key, None)
    else:
        items[key] = item
