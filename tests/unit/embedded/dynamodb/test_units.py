"""What one unit of work keeps, and what it takes back: items, tables, and records of their streams."""

from __future__ import annotations

import pytest
from moto.dynamodb.exceptions import ConditionalCheckFailed

from embedded.dynamodb.disk import ItemStore
from embedded.dynamodb.item_text import Change
from tests.unit.embedded.dynamodb.conftest import Database, Fail, make_table


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[list[Change]]:
    """The changes of each write."""
    found: list[list[Change]] = []
    write = ItemStore.write

    def noting(self: ItemStore, changes: list[Change]) -> None:
        found.append(changes)
        write(self, changes)

    monkeypatch.setattr(ItemStore, "write", noting)
    return found


def put(database: Database, table: str, name: str, text: str = "x") -> None:
    database.backend.put_item(table, {"Id": {"S": name}, "Text": {"S": text}})


def test_one_item_is_one_change_however_many_there_are(database: Database, written: list[list[Change]]) -> None:
    table = make_table(database.backend, "t")
    for name in ("a", "b", "c"):
        put(database, "t", name)
    keys = [[(change.table_arn, change.key) for change in changes] for changes in written]
    assert keys == [[(table.table_arn, f'[["S","{name}"],null]')] for name in ("a", "b", "c")]


def test_items_of_several_operations_are_one_write_at_the_end_of_the_unit(
    database: Database, written: list[list[Change]]
) -> None:
    make_table(database.backend, "t")
    with database.units:
        put(database, "t", "a")
        with database.units:
            put(database, "t", "b")
        assert written == []
    assert [len(changes) for changes in written] == [2]
    assert database.on_disk() == database.in_memory()


def test_tables_that_a_failed_unit_made_or_deleted_are_as_before(database: Database) -> None:
    make_table(database.backend, "old")
    put(database, "old", "a")
    before = database.in_memory()
    with pytest.raises(ZeroDivisionError), database.units:
        make_table(database.backend, "new")
        put(database, "new", "b")
        database.backend.delete_table("old")
        raise ZeroDivisionError
    assert list(database.backend.tables) == ["old"]
    assert database.in_memory() == database.on_disk() == before


def test_tables_that_come_with_items_in_one_unit_are_all_kept(database: Database) -> None:
    make_table(database.backend, "t")
    put(database, "t", "a")
    backup = database.backend.create_backup("t", "backup")
    with database.units:
        database.backend.delete_table("t")
        for name in ("one", "two"):
            database.backend.restore_table_from_backup(name, backup.arn)
    assert set(database.on_disk()) == {"one", "two"}
    assert database.on_disk() == database.in_memory()


def test_a_restored_table_has_nothing_of_what_waited_under_its_name(database: Database) -> None:
    make_table(database.backend, "t")
    put(database, "t", "a")
    backup = database.backend.create_backup("t", "backup")
    arn = database.backend.tables["t"].table_arn.replace("/t", "/again")
    database.store.write([Change(table_arn=arn, key='[["S","waiting"],null]', attributes={"Id": {"S": "waiting"}})])
    database.backend.restore_table_from_backup("again", backup.arn)
    assert set(database.on_disk()["again"]) == {'[["S","a"],null]'}
    database.restart()
    assert set(database.in_memory()["again"]) == {'[["S","a"],null]'}


def test_items_of_one_hash_key_are_kept_apart_when_everything_is_written_anew(database: Database) -> None:
    make_table(database.backend, "ranged", range_key=True)
    for number in ("1", "2"):
        database.backend.put_item("ranged", {"Id": {"S": "x"}, "At": {"N": number}})
    database.path.unlink()
    database.units.look_after_disk()
    assert len(database.on_disk()["ranged"]) == 2
    assert database.on_disk() == database.in_memory()


def test_a_stream_has_no_record_of_what_was_taken_back(database: Database, fail_next: Fail) -> None:
    table = make_table(database.backend, "t", stream=True)
    put(database, "t", "a")
    fail_next("before")
    with pytest.raises(Exception, match="full"):
        put(database, "t", "a", "changed")
    with pytest.raises(ConditionalCheckFailed):
        database.backend.put_item("t", {"Id": {"S": "a"}}, condition_expression="attribute_not_exists(Id)")
    put(database, "t", "b")
    assert [record.record["eventName"] for record in table.stream_shard.items] == ["INSERT", "INSERT"]
    assert [record.record["dynamodb"]["Keys"]["Id"] for record in table.stream_shard.items] == [
        {"S": "a"},
        {"S": "b"},
    ]
