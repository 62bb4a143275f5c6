"""The file of ``ItemStore``: a log in SQLite, one row for each unit of work, numbered from 1."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embedded.dynamodb.item_text import Change, decode, decode_older
from embedded.private_folders import FILE_MODE, FOLDER_MODE

_COMPANIONS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; it must never meet another file's."""

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS unit (number INTEGER PRIMARY KEY, checksum INTEGER, changes BLOB)"
_INSERT: Final = "INSERT OR REPLACE INTO unit VALUES (?, ?, ?)"
_OLDER: Final = "SELECT table_name, item_key, attributes FROM item"
"""How earlier versions kept items: the last state of each."""


@dataclass(kw_only=True)
class Found:
    """What a file held.

    Attributes:
        changes: in the order they were made.
        number: of the last row, 0 without any.
        damage: why some of it could not be read; empty for a sound file, or none.
        is_older: whether an earlier version wrote it.
    """

    changes: list[Change] = field(default_factory=list)
    number: int = 0
    damage: str = ""
    is_older: bool = False


class LogFile:
    """One open file. It is made, for this user alone, where there is none.

    Raises:
        OSError, sqlite3.Error: it cannot be opened. Every method raises these too.
    """

    def __init__(self, path: Path) -> None:
        _settle(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._database = _connect(path)
        try:
            self._database.execute(_SCHEMA)
        except BaseException:
            self._database.close()
            raise
        self.identity = identity(path)
        self._wal_identity = identity(self._wal)

    def is_in_place(self) -> bool:
        """Whether what is written is still written to where the next process will look."""
        if self._wal_identity is None:
            self._wal_identity = identity(self._wal)
        elif identity(self._wal) != self._wal_identity:
            return False
        return identity(self._path) == self.identity

    def append(self, number: int, content: bytes) -> None:
        """Write one row; one that has this number already was never acknowledged, and is replaced."""
        self._database.execute(_INSERT, (number, zlib.crc32(content), content))

    def replace(self, contents: Iterable[bytes]) -> int:
        """Put these rows in place of all others, as a whole or not at all; the number of the last one."""
        number = 0
        self._database.execute("BEGIN")
        try:
            self._database.execute("DELETE FROM unit")
            for number, content in enumerate(contents, start=1):
                self.append(number, content)
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        return number

    def sync(self) -> None:
        """Wait until the disk itself has what was written. Safe beside ``append``."""
        descriptor = os.open(self._wal, os.O_RDONLY)  # SQLite keeps no lock on this file that closing it would drop
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()


def identity(path: Path) -> tuple[int, int] | None:
    """What tells one file from another that has its name later; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called for each write; Path takes twice as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def read(path: Path, *, table_arn: Callable[[str], str]) -> Found:
    """Everything in the file that can be read.

    Args:
        table_arn: ARN of a table by its name, for a file of an earlier version.

    Raises:
        OSError, sqlite3.OperationalError: there is a file, but it cannot be opened.
    """
    found = Found()
    _settle(path)
    if not path.exists():
        return found
    with contextlib.closing(_connect(path)) as database:
        try:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            if "unit" in tables:
                _read_units(database, found)
            elif "item" in tables:
                found.is_older = True
                for name, key, attributes in database.execute(_OLDER):
                    found.changes.append(decode_older(table_arn(name), key, attributes))
        except sqlite3.OperationalError:
            raise
        except (sqlite3.DatabaseError, ValueError) as problem:
            found.damage = str(problem)
    return found


def keep_aside(path: Path) -> Path:
    """Keep a damaged file, and what belongs to it, under another name too; that name. The file itself stays for now."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", *_COMPANIONS):
        with contextlib.suppress(FileNotFoundError):
            aside.with_name(aside.name + suffix).hardlink_to(path.with_name(path.name + suffix))
    return aside


def write_new(path: Path, contents: Iterable[bytes]) -> int:
    """Put a new file with these rows in place of whatever is there.

    A process that is killed meanwhile leaves one of both whole, which is then what the next one finds.

    Returns:
        The number of the last row.

    Raises:
        OSError, sqlite3.Error: it did not come to that. Every later use of ``path`` first tries to end what was begun.
    """
    fresh = path.with_name(f"{path.name}.new")
    _remove(fresh)
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    file = LogFile(fresh)
    try:
        number = file.replace(contents)
    finally:
        file.close()
    if left := [str(one) for one in _companions(fresh) if one.exists()]:
        raise OSError(f"SQLite has not ended its work on {fresh.name}; it left {', '.join(left)}")
    fresh.replace(_ready(path))  # from here on this is what counts
    _settle(path)
    return number


def _ready(path: Path) -> Path:
    """A whole file that is to take the place of ``path``."""
    return path.with_name(f"{path.name}.ready")


def _settle(path: Path) -> None:
    """Let a whole new file take its place; another file's companions must be gone before."""
    ready = _ready(path)
    if ready.exists():
        for companion in _companions(path):
            companion.unlink(missing_ok=True)
        ready.replace(path)


def _remove(path: Path) -> None:
    for one in (path, *_companions(path)):
        one.unlink(missing_ok=True)


def _companions(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _COMPANIONS]


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    # One process uses it at a time, so no memory is shared; NORMAL waits for the disk at checkpoints only.
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
        with contextlib.suppress(sqlite3.DatabaseError):  # a damaged file is told by what reads it
            database.execute(f"PRAGMA {pragma}")
    return database


def _read_units(database: sqlite3.Connection, found: Found) -> None:
    rows: dict[int, list[Change]] = {}
    for order in ("ASC", "DESC"):
        try:
            for number, checksum, content in database.execute(f"SELECT * FROM unit ORDER BY number {order}"):  # noqa: S608 # nosec B608
                if number in rows:
                    break
                if not isinstance(content, bytes) or zlib.crc32(content) != checksum:
                    found.damage = found.damage or f"row {number} has changed"
                    continue
                rows[number] = decode(content)
            else:
                break
        except sqlite3.DatabaseError as problem:
            # Whatever lies behind the broken place is reached from the other end.
            found.damage = str(problem)
    for number in sorted(rows):
        found.changes += rows[number]
        found.number = number


def last_states(changes: Iterable[Change]) -> dict[str, dict[str, Change]]:
    """By table ARN and key, what is left of ``changes`` when later ones replace earlier ones."""
    tables: dict[str, dict[str, Change]] = {}
    for change in changes:
        if change.key is None:
            tables.pop(change.table_arn, None)
        elif change.attributes is None:
            tables.get(change.table_arn, {}).pop(change.key, None)
        else:
            tables.setdefault(change.table_arn, {})[change.key] = change
    return tables
