"""What goes wrong beside a write that is refused: a log that cannot be written anew, items no table has keys for."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

import pytest

from embedded.dynamodb import log_file
from embedded.dynamodb.disk import DiskError
from embedded.dynamodb.item_text import Change
from embedded.dynamodb.log_file import LogFile
from tests.unit.embedded.dynamodb.conftest import Database, Fail, make_table

DATABASE_ERROR = sqlite3.OperationalError("database or disk is full")


def put(database: Database, table: str, name: str) -> None:
    database.backend.put_item(table, {"Id": {"S": name}})


def raising(error: Exception) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise error

    return fail


@pytest.mark.parametrize("error", [OSError("no space left on device"), DATABASE_ERROR], ids=["system", "sqlite"])
def test_a_table_is_dropped_also_where_the_log_cannot_be_written_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for name in ("gone", "stays"):
        make_table(database.backend, name)
        put(database, name, "x")
    with monkeypatch.context() as patch:
        patch.setattr(log_file, "write_new", raising(error))
        database.backend.delete_table("gone")
        assert set(database.on_disk()) == {"stays"}
    put(database, "stays", "y")
    assert database.on_disk() == database.in_memory()
    assert len(database.on_disk()["stays"]) == 2


def test_forgetting_one_table_keeps_what_waits_for_another(database: Database) -> None:
    for name in ("one", "other"):
        make_table(database.backend, name)
        put(database, name, "x")
    arn = database.backend.tables["one"].table_arn
    database.backend.tables.clear()
    database.store.close()
    store = database.open()
    store.forget(arn)
    assert set(database.on_disk()) == {"other"}
    make_table(database.backend, "other")
    assert set(database.in_memory()) == {"other"}


def test_trouble_is_logged_when_it_begins_and_when_it_ends(
    database: Database, fail_next: Fail, caplog: pytest.LogCaptureFixture
) -> None:
    make_table(database.backend, "t")
    with caplog.at_level(logging.INFO, logger="embedded.dynamodb.disk"):
        for _ in range(2):
            for _ in range(3):
                fail_next("before")
                with pytest.raises(DiskError):
                    put(database, "t", "x")
            for _ in range(3):
                put(database, "t", "x")
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"] * 2


def test_items_without_the_keys_of_a_new_table_are_left_out_and_the_others_taken_up(database: Database) -> None:
    arn = make_table(database.backend, "t").table_arn
    database.store.write(
        [
            Change(table_arn=arn, key="odd", attributes={"Name": {"S": "odd"}}),
            Change(table_arn=arn, key="gone"),
            Change(table_arn=arn, key="fine", attributes={"Id": {"S": "fine"}}),
        ]
    )
    database.restart()
    assert set(database.in_memory()["t"]) == {'[["S","fine"],null]'}


def test_an_open_file_is_synced_and_a_closed_or_vanished_one_is_no_trouble(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[LogFile] = []

    def sync(file: LogFile) -> None:
        synced.append(file)

    make_table(database.backend, "t")
    put(database, "t", "x")
    with monkeypatch.context() as patch:
        patch.setattr(LogFile, "sync", sync)
        database.store.sync()
        assert len(synced) == 1
        database.store.close()
        database.store.sync()
        assert len(synced) == 1
    put(database, "t", "y")
    for file in database.folder.glob("items*"):
        file.unlink()
    database.store.sync()
