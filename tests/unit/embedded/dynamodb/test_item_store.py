"""The file of items: tables that come and go, damage, a file that vanishes, a disk without space, older files."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from moto.dynamodb.exceptions import ResourceNotFoundException

from embedded.dynamodb import disk
from embedded.dynamodb.disk import DiskError, ItemStore
from tests.unit.embedded.dynamodb.conftest import Database, Fail, make_table


def put(database: Database, name: str, **values: str) -> None:
    item = {"Id": {"S": name}, **{key: {"S": value} for key, value in values.items()}}
    database.backend.put_item("kept", item)


@pytest.fixture
def kept(database: Database) -> Database:
    make_table(database.backend, "kept")
    put(database, "x", Text="first")
    return database


def test_items_come_back_when_their_table_is_made_again(kept: Database) -> None:
    before = kept.in_memory()
    kept.restart()
    assert kept.in_memory() == before


def test_a_deleted_table_leaves_nothing_behind(kept: Database) -> None:
    kept.backend.delete_table("kept")
    assert kept.on_disk() == {}
    assert not any(b"first" in path.read_bytes() for path in kept.folder.iterdir()), "nor between the lines"
    make_table(kept.backend, "kept")
    assert kept.in_memory() == {}


def test_a_table_that_could_not_be_deleted_keeps_its_items(kept: Database, fail_next: Fail) -> None:
    before = kept.in_memory()
    fail_next("before")
    with pytest.raises(DiskError):
        kept.backend.delete_table("kept")
    assert kept.in_memory() == kept.on_disk() == before


def test_deleting_a_table_that_is_not_there_forgets_the_items_kept_for_it(kept: Database) -> None:
    kept.backend.tables.clear()
    kept.store.close()
    kept.open()
    for name in ("other", "kept"):
        assert kept.on_disk() != {}
        with pytest.raises(ResourceNotFoundException):
            kept.backend.delete_table(name)
    assert kept.on_disk() == {}


def test_a_restored_backup_is_kept_with_its_items(kept: Database) -> None:
    backup = kept.backend.create_backup("kept", "backup")
    put(kept, "x", Text="changed")
    kept.backend.restore_table_from_backup("again", backup.arn)
    assert kept.on_disk() == kept.in_memory()
    assert kept.on_disk()["again"]['[["S","x"],null]']["Text"] == {"S": "first"}


def test_tables_of_two_regions_with_one_name_are_kept_apart(kept: Database) -> None:
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    other = dynamodb_backends["123456789012"]["eu-west-1"]
    make_table(other, "kept")
    other.put_item("kept", {"Id": {"S": "x"}, "Text": {"S": "elsewhere"}})
    kept.restart()
    assert kept.in_memory()["kept"]['[["S","x"],null]']["Text"] == {"S": "first"}


def test_equal_numbers_are_one_key(database: Database) -> None:
    make_table(database.backend, "ranged", range_key=True)
    for number in ("1", "1.0", "100e-2"):
        database.backend.put_item("ranged", {"Id": {"S": "x"}, "At": {"N": number}})
    assert len(database.on_disk()["ranged"]) == len(database.in_memory()["ranged"]) == 1


def test_without_space_writes_are_refused_and_go_on_when_there_is_some(kept: Database, fail_next: Fail) -> None:
    before = kept.in_memory()
    fail_next("before")
    with pytest.raises(DiskError, match="Writes are refused and change nothing; free space"):
        put(kept, "y")
    assert kept.in_memory() == kept.on_disk() == before
    (warning,) = kept.store.warnings()
    assert "database or disk is full" in warning
    put(kept, "y")
    assert kept.store.warnings() == ()
    assert kept.on_disk() == kept.in_memory() != before


def test_sqlite_itself_out_of_pages_changes_nothing(kept: Database) -> None:
    file = kept.store._file
    assert file is not None
    (pages,) = file._database.execute("PRAGMA page_count").fetchone()
    file._database.execute(f"PRAGMA max_page_count = {pages}")
    before = kept.in_memory()
    with pytest.raises(DiskError, match="full"):
        put(kept, "big", Text="x" * 100_000)
    assert kept.in_memory() == kept.on_disk() == before
    put(kept, "big", Text="x" * 100_000)
    assert kept.on_disk() == kept.in_memory()


@pytest.mark.parametrize("what", ["folder", "items.sqlite3", "items.sqlite3-wal"])
def test_a_file_that_vanished_is_made_anew_with_everything(kept: Database, what: str) -> None:
    gone = kept.folder if what == "folder" else kept.folder / what
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    put(kept, "y")
    assert kept.on_disk() == kept.in_memory()
    assert set(kept.in_memory()["kept"]) == {'[["S","x"],null]', '[["S","y"],null]'}
    put(kept, "z")
    assert kept.on_disk() == kept.in_memory()


def test_a_file_that_vanished_is_made_anew_without_waiting_for_a_write(kept: Database) -> None:
    shutil.rmtree(kept.folder)
    kept.units.look_after_disk()
    assert kept.on_disk() == kept.in_memory() != {}
    written = kept.path.stat().st_mtime_ns
    kept.units.look_after_disk()
    assert kept.path.stat().st_mtime_ns == written


def test_a_folder_that_cannot_be_made_again_refuses_writes(kept: Database) -> None:
    shutil.rmtree(kept.folder)
    kept.folder.write_text("in the way")
    with pytest.raises(DiskError):
        put(kept, "y")
    kept.folder.unlink()
    put(kept, "y")
    assert kept.on_disk() == kept.in_memory()


def test_a_file_that_breaks_in_use_is_made_anew_with_everything(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embedded.dynamodb.log_file import LogFile  # noqa: PLC0415

    def broken(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    with monkeypatch.context() as patch:
        patch.setattr(LogFile, "append", broken)
        patch.setattr(LogFile, "replace", _replace)
        put(kept, "y")
    assert kept.on_disk() == kept.in_memory()
    assert len(list(kept.folder.glob("*.damaged-*"))) >= 1


def _replace(file: Any, contents: Any) -> int:
    """LogFile.replace without the broken ``append``."""
    import zlib  # noqa: PLC0415

    rows = [(number, zlib.crc32(content), content) for number, content in enumerate(contents, start=1)]
    file._database.executemany("INSERT INTO unit VALUES (?, ?, ?)", rows)
    return len(rows)


def test_what_is_left_of_a_damaged_file_is_kept_and_told(kept: Database) -> None:
    for number in range(400):
        put(kept, f"row-{number:03}", Text="x" * 200)
    kept.store.close()
    content = bytearray(kept.path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xa5" * 8192
    kept.path.write_bytes(content)
    kept.backend.tables.clear()
    store = kept.open()
    (warning,) = store.warnings()
    assert "was damaged" in warning
    table = make_table(kept.backend, "kept")
    assert 300 < len(table.all_items()) < 401
    assert [file.name for file in kept.folder.glob("items.sqlite3.damaged-*")] == [
        warning.rstrip(".").rpartition(" ")[2]
    ]
    store.close()
    kept.backend.tables.clear()
    assert kept.open().warnings() == ()


def test_a_file_that_is_no_database_is_put_aside_and_told(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite3"
    path.write_bytes(b"no database at all" * 1000)
    store = ItemStore(path, tables=list)
    assert "What could be read, 0 items, is kept" in store.warnings()[0]
    assert (tmp_path / store.warnings()[0].rstrip(".").rpartition(" ")[2]).read_bytes().startswith(b"no database")
    store.close()


def test_a_changed_row_is_noticed(kept: Database) -> None:
    put(kept, "y")
    kept.store.close()
    with sqlite3.connect(kept.path) as raw:
        raw.execute("UPDATE unit SET changes = CAST(replace(changes, 'first', 'wrong') AS BLOB) WHERE number = 1")
    raw.close()
    kept.backend.tables.clear()
    store = kept.open()
    assert "row 1 has changed" in store.warnings()[0]
    table = make_table(kept.backend, "kept")
    assert [item.hash_key.value for item in table.all_items()] == ["y"]


def test_a_path_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "items.sqlite3").mkdir()
    with pytest.raises(DiskError, match=r"cannot be used: .*choose another STATE_DIR"):
        ItemStore(tmp_path / "items.sqlite3", tables=list)


def test_items_of_earlier_versions_are_kept(database: Database) -> None:
    database.store.close()
    database.path.unlink()
    with sqlite3.connect(database.path) as old:
        old.execute("CREATE TABLE item (table_name TEXT, item_key TEXT, attributes TEXT)")
        attributes = {"Id": {"S": "x"}, "Bytes": {"B": {"base64": "AP8="}}}
        old.execute("INSERT INTO item VALUES ('kept', ?, ?)", (json.dumps([{"S": "x"}, None]), json.dumps(attributes)))
    old.close()
    database.store = ItemStore(
        database.path, tables=database.tables, table_arn="arn:aws:dynamodb:us-east-1:123456789012:table/{}".format
    )
    make_table(database.backend, "kept")
    expected = {"kept": {'[["S","x"],null]': {"Id": {"S": "x"}, "Bytes": {"B": b"\x00\xff"}}}}
    assert database.in_memory() == expected
    assert database.on_disk() == expected


def test_the_log_does_not_grow_without_bound(kept: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_SPARE_CHANGES", 50)
    kept.store._limit = 50
    for number in range(500):
        put(kept, "x", Text=str(number))
        assert kept.store._length <= 60
    assert kept.on_disk() == kept.in_memory()


def test_the_file_is_for_its_owner_alone(kept: Database) -> None:
    for file in kept.folder.glob("items*"):
        assert file.stat().st_mode & 0o077 == 0, file
