"""Items on disk: every change is in the file before its operation is answered.

The file is a log of units of work in SQLite, one row each, so a unit is there as a whole or not at all. What was
written has reached the operating system: it survives a killed process, while a power cut may cost what was written
since the last ``sync``. As long as the process lives memory has the truth; a file that vanishes or breaks meanwhile is
made anew.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from moto.dynamodb.models.dynamo_type import DynamoType, Item

from embedded.dynamodb import log_file
from embedded.dynamodb.item_text import Change, encode
from embedded.dynamodb.log_file import LogFile
from embedded.dynamodb.units import changes_of_table

log = logging.getLogger(__name__)

SYNC_SECONDS: Final = 1.0
"""A power cut costs at most what was written in this time."""

_NO_FILE: Final = (0, 0)
"""The identity of no file that there is."""
_ITEMS_IN_A_ROW: Final = 500
_SPARE_CHANGES: Final = 50_000
"""Changes that the log may hold beyond twice the items that there are; then it is written anew."""


class DiskError(Exception):
    """A change could not be kept; the text says why and what to do."""


class ItemStore:
    """The items of every table that ``tables`` yields, and of tables that are not there (yet), in the file ``path``.

    Args:
        table_arn: ARN of a table by its name, for files of earlier versions, which knew names only.

    Raises:
        DiskError: the file cannot be opened or made.
    """

    def __init__(
        self, path: Path, *, tables: Callable[[], Iterable[Any]], table_arn: Callable[[str], str] = str
    ) -> None:
        self._path = path
        self._tables = tables
        self._access = threading.Lock()
        self._trouble = ""
        self._rescued = ""
        self._file: LogFile | None = None
        self._identity: tuple[int, int] | None = None
        self._waiting: dict[str, dict[str, Change]] = {}
        self._number = self._length = self._limit = 0
        try:
            self._start(table_arn)
        except (OSError, sqlite3.Error) as problem:
            raise DiskError(
                f"The items in {path} cannot be used: {problem}. Make that file and its folder writable, or choose "
                "another STATE_DIR."
            ) from problem

    def _start(self, table_arn: Callable[[str], str]) -> None:
        path = self._path
        found = log_file.read(path, table_arn=table_arn)
        self._waiting = log_file.last_states(found.changes)
        self._number, self._length = found.number, len(found.changes)
        self._limit = 2 * self._count_waiting() + _SPARE_CHANGES
        if found.damage:
            aside = log_file.keep_aside(path)
            self._rescued = (
                f"{path.name} was damaged ({found.damage}). What could be read, {self._count_waiting():,} items, is "
                f"kept; the damaged file is now {aside.name}."
            )
            log.error("%s", self._rescued)
        if found.damage or found.is_older or not path.exists() or self._length > self._limit:
            self._write_anew()
        else:
            self._open()

    def write(self, changes: list[Change]) -> None:
        """Keep all of these changes, which memory has already, or none of them.

        Raises:
            DiskError: none was kept.
        """
        with self._access:
            waiting = self._waiting
            dropped = {change.table_arn for change in changes if change.key is None} & waiting.keys()
            if dropped:
                self._waiting = {arn: kept for arn, kept in waiting.items() if arn not in dropped}
            try:
                self._write(changes)
            except (OSError, sqlite3.Error) as problem:
                self._waiting = waiting
                self._close()
                raise DiskError(self._note(problem)) from problem
            if self._trouble:
                self._trouble = ""
                log.info("items can be written to %s again", self._path)
            if any(change.key is None for change in changes):
                self._compact()

    def _compact(self) -> None:
        """Write the log anew: nothing of a dropped table stays in the file. Where that fails, it stays longer."""
        self._close()
        with contextlib.suppress(OSError, sqlite3.Error):
            self._write_anew()

    def _note(self, problem: Exception) -> str:
        """Log trouble when it begins; the line that says what it is."""
        if not self._trouble:
            log.error("items cannot be written to %s: %s", self._path, problem)
        self._trouble = (
            f"Items cannot be written to {self._path} ({problem}). Writes are refused and change nothing; free space "
            "on its disk or make its folder writable, then they go on."
        )
        return self._trouble

    def take_up(self, table: Any) -> None:
        """Fill a table that was just made with the items that are kept for it."""
        for change in self._waiting.pop(table.table_arn, {}).values():
            attributes = dict(change.attributes or {})
            try:
                hash_key = DynamoType(attributes[table.hash_key_attr])
                range_key = DynamoType(attributes[table.range_key_attr]) if table.range_key_attr else None
            except KeyError:
                log.warning("an item kept for %s has not the keys of the new table; it is left out", table.name)
                continue
            item = Item(hash_key, range_key, attributes)
            if range_key is None:
                table.items[hash_key] = item
            else:
                table.items[hash_key][range_key] = item

    def forget(self, table_arn: str) -> None:
        """Drop the items kept for a table that is not there.

        Raises:
            DiskError: they could not be dropped.
        """
        if table_arn in self._waiting:
            self.write([Change(table_arn=table_arn)])

    def is_in_place(self) -> bool:
        """Whether the file is still there; ``write``, also of nothing, makes one that vanished anew."""
        with self._access:
            return self._is_in_place()

    def sync(self) -> None:
        """Bring what was written to the disk itself; for one thread to call every SYNC_SECONDS."""
        file = self._file
        if file is not None:
            with contextlib.suppress(OSError):  # it may vanish at any moment, which the next write notices
                file.sync()

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of, one line each."""
        return tuple(line for line in (self._trouble, self._rescued) if line)

    def close(self) -> None:
        """Close the file."""
        with self._access:
            self._close()

    def _write(self, changes: list[Change]) -> None:
        if not self._is_in_place():
            log.error("%s vanished while in use; writing it anew from memory", self._path)
            self._close()
            self._write_anew()
            return
        if not changes:
            return
        try:
            file = self._file or self._open()
            if self._length + len(changes) > self._limit and self._is_long(len(changes)):
                self._number = file.replace(self._contents())
                return
            file.append(self._number + 1, encode(changes))
        except sqlite3.OperationalError:
            raise  # the disk's trouble; the file itself is sound
        except sqlite3.DatabaseError as problem:
            log.error("%s broke while in use (%s); writing it anew from memory", self._path, problem)
            self._close()
            log_file.keep_aside(self._path)
            self._write_anew()
        else:
            self._number += 1
            self._length += len(changes)

    def _is_in_place(self) -> bool:
        if self._file is not None:
            return self._file.is_in_place()
        return log_file.identity(self._path) == self._identity

    def _is_long(self, more: int) -> bool:
        """Whether the log is much longer than it has to be; it may grow with what it keeps."""
        items = sum(len(table) for table in self._tables()) + self._count_waiting()
        self._limit = 2 * items + _SPARE_CHANGES
        return self._length + more > self._limit

    def _write_anew(self) -> None:
        self._identity = _NO_FILE  # should this fail, the next write tries it again
        self._number = log_file.write_new(self._path, self._contents())
        self._open()

    def _contents(self) -> Iterator[bytes]:
        """Everything that there is, in rows."""
        self._length = 0
        changes = self._everything()
        while row := list(islice(changes, _ITEMS_IN_A_ROW)):
            self._length += len(row)
            yield encode(row)

    def _everything(self) -> Iterator[Change]:
        for kept in self._waiting.values():
            yield from kept.values()
        for table in self._tables():
            yield from changes_of_table(table)

    def _count_waiting(self) -> int:
        return sum(len(kept) for kept in self._waiting.values())

    def _open(self) -> LogFile:
        self._file = LogFile(self._path)
        self._identity = self._file.identity
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
