"""The file of the items: rows by number, damage that is told, and a new one that takes the place of another at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded.dynamodb import log_file
from embedded.dynamodb.item_text import Change, encode
from embedded.dynamodb.log_file import LogFile, last_states


def change(key: str, text: str | None = "x", *, table: str = "t") -> Change:
    return Change(table_arn=table, key=key, attributes=None if text is None else {"Text": {"S": text}})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "items.sqlite3"


@pytest.fixture
def file(path: Path) -> Iterator[LogFile]:
    opened = LogFile(path)
    yield opened
    opened.close()


def read(path: Path) -> log_file.Found:
    return log_file.read(path, table_arn=str)


def test_a_file_that_is_not_there_holds_nothing(path: Path) -> None:
    found = read(path)
    assert (found.changes, found.number, found.damage, found.is_older) == ([], 0, "", False)
    assert not path.exists()


def test_rows_come_back_in_order_with_the_number_of_the_last(path: Path, file: LogFile) -> None:
    for number in (2, 1, 3):
        file.append(number, encode([change(str(number)), change(f"{number}b")]))
    file.close()
    found = read(path)
    assert [one.key for one in found.changes] == ["1", "1b", "2", "2b", "3", "3b"]
    assert (found.number, found.damage, found.is_older) == (3, "", False)


def test_a_row_that_was_never_acknowledged_is_replaced(path: Path, file: LogFile) -> None:
    file.append(1, encode([change("a", "old")]))
    file.append(1, encode([change("a", "new")]))
    file.close()
    assert [one.attributes for one in read(path).changes] == [{"Text": {"S": "new"}}]


def test_all_rows_are_replaced_as_a_whole_or_not_at_all(path: Path, file: LogFile) -> None:
    for number in (1, 2, 3):
        file.append(number, encode([change("before")]))

    def broken() -> Iterator[bytes]:
        yield encode([change("half")])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        file.replace(broken())
    assert file.replace([encode([change("a")]), encode([change("b")])]) == 2
    file.append(3, encode([change("c")]))
    file.close()
    assert [one.key for one in read(path).changes] == ["a", "b", "c"]


def test_replacing_by_nothing_leaves_nothing(path: Path, file: LogFile) -> None:
    file.append(1, encode([change("a")]))
    assert file.replace([]) == 0
    file.close()
    assert read(path).changes == []


def test_a_file_is_in_place_until_it_or_its_log_is_taken_away(path: Path, file: LogFile) -> None:
    assert file.is_in_place()
    file.append(1, encode([change("a")]))
    assert file.is_in_place()
    wal = path.with_name(f"{path.name}-wal")
    aside = wal.with_name("aside")
    wal.rename(aside)
    assert not file.is_in_place()
    aside.rename(wal)
    assert file.is_in_place()
    path.rename(path.with_name("elsewhere"))
    assert not file.is_in_place()
    path.touch()
    assert not file.is_in_place(), "another file of that name"


def test_what_was_written_reaches_the_disk(path: Path, file: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(os.fspath(Path(f"/proc/self/fd/{descriptor}").readlink()))
    )
    before = psutil.Process().num_fds()
    file.append(1, encode([change("a")]))
    synced.clear()
    file.sync()
    assert synced == [f"{path}-wal"]
    assert psutil.Process().num_fds() == before, "it is closed again"


def corrupt(path: Path, number: int, content: bytes) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE unit SET changes = ? WHERE number = ?", (content, number))
    database.close()


def test_rows_that_changed_are_left_out_and_the_first_is_named(path: Path, file: LogFile) -> None:
    for number in (1, 2, 3, 4):
        file.append(number, encode([change(str(number))]))
    file.close()
    for number in (2, 3):
        corrupt(path, number, encode([change("forged")]))
    found = read(path)
    assert [one.key for one in found.changes] == ["1", "4"]
    assert (found.number, found.damage) == (4, "row 2 has changed")


def test_a_damaged_file_is_kept_under_a_name_of_its_day(path: Path, file: LogFile) -> None:
    file.append(1, encode([change("a")]))
    aside = log_file.keep_aside(path)
    assert time.strptime(aside.name, f"{path.name}.damaged-%Y%m%d-%H%M%S").tm_year >= 2024
    assert aside.samefile(path)
    assert aside.with_name(f"{aside.name}-wal").samefile(path.with_name(f"{path.name}-wal"))


def test_a_new_file_takes_the_place_of_another_and_of_what_lay_beside_it(path: Path) -> None:
    other = LogFile(path)
    other.append(1, encode([change("old")]))
    path.with_name(f"{path.name}.new").write_text("left by one that was killed")
    assert log_file.write_new(path, [encode([change("a")]), encode([change("b")])]) == 2
    assert [one.key for one in read(path).changes] == ["a", "b"]
    other.close()


def test_a_new_file_comes_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deeper" / "items"
    assert log_file.write_new(path, []) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_later_changes_replace_earlier_ones_and_a_dropped_table_takes_its_items_along() -> None:
    left = last_states(
        [
            change("a", "1"),
            change("b"),
            change("a", "2"),
            change("b", None),
            change("never", None),
            change("x", table="gone"),
            Change(table_arn="gone"),
            Change(table_arn="never"),
            change("nothing", None, table="never"),
        ]
    )
    assert {table: {key: one.attributes for key, one in kept.items()} for table, kept in left.items()} == {
        "t": {"a": {"Text": {"S": "2"}}}
    }
