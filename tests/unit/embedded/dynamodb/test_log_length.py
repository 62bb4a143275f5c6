"""How long the log of items gets: it is written anew when it is much longer than what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.dynamodb import disk, log_file
from embedded.dynamodb.disk import ItemStore
from embedded.dynamodb.item_text import Change, encode
from embedded.dynamodb.log_file import LogFile
from tests.unit.embedded.dynamodb.conftest import Database, make_table

SPARE = 10


@pytest.fixture(autouse=True)
def few_spare_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_SPARE_CHANGES", SPARE)


def change(key: str, *, table: str = "t") -> Change:
    return Change(table_arn=table, key=key, attributes={"Id": {"S": key}})


def length(path: Path) -> int:
    found = log_file.read(path, table_arn=str)
    assert not found.damage
    return len(found.changes)


def length_in_use(database: Database) -> int:
    database.store.close()
    return length(database.path)


@pytest.mark.parametrize(("written", "kept"), [(2 * 2 + SPARE, 2 * 2 + SPARE), (2 * 2 + SPARE + 1, 2)])
def test_a_log_beyond_twice_its_items_and_a_reserve_is_written_anew_at_the_start(
    tmp_path: Path, written: int, kept: int
) -> None:
    path = tmp_path / "items"
    file = LogFile(path)
    for number in range(1, written + 1):
        file.append(number, encode([change(f"item-{number % 2}")]))
    file.close()
    ItemStore(path, tables=list).close()
    assert length(path) == kept


def test_a_log_in_use_is_written_anew_when_its_items_are_few(database: Database) -> None:
    make_table(database.backend, "t")
    for number in range(2 + SPARE):
        database.backend.put_item("t", {"Id": {"S": "x"}})
        assert length_in_use(database) == number + 1
    database.backend.put_item("t", {"Id": {"S": "x"}})
    assert length_in_use(database) == 1


def reopened_with_three_waiting(database: Database) -> ItemStore:
    database.store.write([change(f"waiting-{number}", table="not-there") for number in range(3)])
    database.store.close()
    return database.open()


def test_items_that_wait_for_their_table_count_as_items(database: Database) -> None:
    store = reopened_with_three_waiting(database)
    table = make_table(database.backend, "t")
    database.backend.put_item("t", {"Id": {"S": "x"}})
    mine = Change(table_arn=table.table_arn, key='[["S","x"],null]', attributes={"Id": {"S": "x"}})
    limit = 2 * (3 + 1) + SPARE
    while store._length < 2 * 3 + SPARE:
        store.write([mine])
    store.write([mine] * (limit - store._length))
    assert length_in_use(database) == limit, "as long as it may be"
    store.write([mine])
    assert length_in_use(database) == 4


def test_a_log_written_anew_may_grow_as_far_as_the_first_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_ITEMS_IN_A_ROW", 2)
    store = reopened_with_three_waiting(database)
    for _ in range(2):
        store.write([change("again", table="not-there")] * (2 * 3 + SPARE - store._length))
        assert length_in_use(database) == 2 * 3 + SPARE
        store.write([change("again", table="not-there")])
        assert length_in_use(database) == 3


def test_a_damaged_row_of_a_log_written_anew_costs_no_more_than_500_items(tmp_path: Path) -> None:
    path = tmp_path / "items"
    file = LogFile(path)
    file.append(1, encode([change(f"item-{number}") for number in range(1001)]))
    for number in range(2, 2 * 1001 + SPARE):
        file.append(number, encode([change("item-0")]))
    file.close()
    ItemStore(path, tables=list).close()
    found = log_file.read(path, table_arn=str)
    assert (found.number, len(found.changes)) == (3, 1001)


def test_a_store_makes_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "items"
    ItemStore(path, tables=list).close()
    assert path.exists()
