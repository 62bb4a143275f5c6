"""Items on disk: they survive the end of the embedded AWS and come back when their table is made again."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any, Final

FLUSH_SECONDS: Final = 0.5
"""A crash loses at most what was written in this time."""

_BASE64: Final = "base64"
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS item ("
    "table_name TEXT, item_key TEXT, attributes TEXT, PRIMARY KEY (table_name, item_key))"
)


class ItemStore:
    """Keeps the items of every table of ``backend`` (moto's DynamoDB) in one SQLite file.

    ``touched`` is called in the API's threads and only notes keys; ``flush`` writes them, from one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_SCHEMA)
        self._dirty: set[tuple[str, Any, Any]] = set()
        self._writing = threading.Lock()

    def touched(self, table_name: str, hash_key: Any, range_key: Any) -> None:
        """Note that an item was written or deleted."""
        self._dirty.add((table_name, hash_key, range_key))

    def restore(self, table: Any) -> int:
        """Put the kept items into a table that was just made; how many they were."""
        rows = self._database.execute("SELECT attributes FROM item WHERE table_name = ?", (table.name,)).fetchall()
        for (attributes,) in rows:
            table.put_item(json.loads(attributes, object_hook=_bytes_again))
        return len(rows)

    def forget(self, table_name: str) -> None:
        """Drop the items of a table that was deleted."""
        with self._writing:
            self._database.execute("DELETE FROM item WHERE table_name = ?", (table_name,))

    def flush(self, backend: Any, lock: threading.RLock) -> None:
        """Write what was touched since the last flush, in one transaction of the file."""
        dirty, self._dirty = self._dirty, set()
        if not dirty:
            return
        present: list[tuple[str, str, str]] = []
        absent: list[tuple[str, str]] = []
        with lock:
            for table_name, hash_key, range_key in dirty:
                table = backend.tables.get(table_name)
                if table is None:
                    continue
                key = _as_text([hash_key.to_json(), range_key.to_json() if range_key else None])
                item = table.get_item(hash_key, range_key)
                if item is None:
                    absent.append((table_name, key))
                else:
                    present.append((table_name, key, _as_text(item.to_json()["Attributes"])))
        with self._writing:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", present)
            self._database.executemany("DELETE FROM item WHERE table_name = ? AND item_key = ?", absent)
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file; call ``flush`` before."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()


def _as_text(value: Any) -> str:
    """Typed attributes as JSON. Bytes become an object of one text, which no typed attribute is."""
    return json.dumps(value, default=lambda content: {_BASE64: base64.b64encode(content).decode("ascii")})


def _bytes_again(value: dict[str, Any]) -> Any:
    """Undo what ``_as_text`` does to bytes."""
    content = value.get(_BASE64)
    return base64.b64decode(content) if isinstance(content, str) else value


def keep_on_disk(store: ItemStore) -> None:
    """Make new tables start with their kept items, and forget the items of deleted tables."""
    from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415 - moto reads its account id when first imported

    create, delete = DynamoDBBackend.create_table, DynamoDBBackend.delete_table

    def create_table(self: Any, *arguments: Any, **named: Any) -> Any:
        table = create(self, *arguments, **named)
        store.restore(table)
        return table

    def delete_table(self: Any, name: str) -> Any:
        table = delete(self, name)
        store.forget(table.name)
        return table

    DynamoDBBackend.create_table = create_table
    DynamoDBBackend.delete_table = delete_table
