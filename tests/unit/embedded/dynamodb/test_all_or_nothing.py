"""Whatever happens at whatever moment: an operation is in memory and on disk as a whole, or in neither."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.dynamodb.exceptions import ConditionalCheckFailed, TransactionCanceledException
from moto.dynamodb.responses import DynamoHandler

from embedded.dynamodb.backend import EmbeddedDynamoDb
from embedded.dynamodb.disk import DiskError
from tests.unit.embedded.dynamodb.conftest import Database, Fail, make_table

NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = st.sampled_from(["1", "1.0", "2"])
TABLES = st.sampled_from(["plain", "ranged"])
ABSENT = "attribute_not_exists(Id)"


def key(table: str, name: str, number: str) -> dict[str, Any]:
    return {"Id": {"S": name}, **({"At": {"N": number}} if table == "ranged" else {})}


def add(table: str, name: str, number: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": key(table, name, number),
        "UpdateExpression": "ADD Likes :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }


def put(table: str, name: str, number: str, *, condition: str | None) -> dict[str, Any]:
    item = {**key(table, name, number), "Bytes": {"B": b"\x00\xff"}, "List": {"L": [{"N": "1"}, {"M": {}}]}}
    return {"TableName": table, "Item": item} | ({"ConditionExpression": condition} if condition else {})


ACTIONS = st.one_of(
    st.builds(lambda *args: {"Update": add(*args)}, TABLES, NAMES, NUMBERS),
    st.builds(
        lambda *args, condition: {"Put": put(*args, condition=condition)},
        TABLES,
        NAMES,
        NUMBERS,
        condition=st.sampled_from([None, ABSENT]),
    ),
    st.builds(lambda *args: {"Delete": {"TableName": args[0], "Key": key(*args)}}, TABLES, NAMES, NUMBERS),
)


def one(backend: Any, action: dict[str, Any]) -> None:
    kind, body = next(iter(action.items()))
    if kind == "Update":
        backend.update_item(
            body["TableName"], body["Key"], body["UpdateExpression"], {}, body["ExpressionAttributeValues"]
        )
    elif kind == "Put":
        backend.put_item(body["TableName"], body["Item"], condition_expression=body.get("ConditionExpression"))
    else:
        backend.delete_item(body["TableName"], body["Key"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(steps=st.lists(st.tuples(st.lists(ACTIONS, min_size=1, max_size=4), st.sampled_from(["", "before", "after"]))))
def test_every_step_is_whole_in_memory_and_on_disk_or_in_neither(
    database: Database, fail_next: Fail, steps: list[tuple[list[dict[str, Any]], str]]
) -> None:
    """Single operations and transactions, refused ones among them, with a disk that fails now and then."""
    backend = database.backend
    for name in list(backend.tables):
        backend.delete_table(name)
    make_table(backend, "plain")
    make_table(backend, "ranged", range_key=True)
    one(backend, {"Put": put("plain", "first", "1", condition=None)})
    doubtful = False  # a write that failed may be on disk all the same, until the next one takes its place
    for actions, fails in steps:
        before = database.in_memory()
        fail_next(fails)
        try:
            if len(actions) == 1:
                one(backend, copy.deepcopy(actions[0]))
            else:
                backend.transact_write_items(copy.deepcopy(actions))
        except DiskError:
            assert database.in_memory() == before
            doubtful = doubtful or fails == "after"
            assert doubtful or database.on_disk() == before
        except Exception as refused:  # moto's refusals have a class each
            assert type(refused).__module__.startswith("moto.")
            assert database.in_memory() == before
        else:
            doubtful = doubtful and database.in_memory() == before
            assert doubtful or database.on_disk() == database.in_memory()
    fail_next("")
    one(backend, {"Put": put("plain", "last", "1", condition=None)})
    kept = database.in_memory()
    assert database.on_disk() == kept
    database.restart()
    assert database.in_memory() == kept


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("position", range(5))
def test_a_transaction_that_fails_anywhere_leaves_nothing(
    database: Database, fail_next: Fail, when: str, position: int
) -> None:
    """At one of its actions by a condition (position 0 to 3), or at its end by the disk (4)."""
    make_table(database.backend, "plain")
    one(database.backend, {"Put": put("plain", "taken", "1", condition=None)})
    before = database.in_memory()
    actions = [{"Put": put("plain", f"row-{number}", "1", condition=ABSENT)} for number in range(3)]
    actions.append({"Update": add("plain", "counter", "1")})
    if position < 4:
        actions.insert(position, {"Put": put("plain", "taken", "1", condition=ABSENT)})
        expected: type[Exception] = TransactionCanceledException
    else:
        fail_next(when)
        expected = DiskError
    with pytest.raises(expected):
        database.backend.transact_write_items(actions)
    assert database.in_memory() == before
    assert (position == 4 and when == "after") or database.on_disk() == before
    one(database.backend, {"Update": add("plain", "counter", "1")})
    assert database.on_disk() == database.in_memory()
    assert set(database.in_memory()["plain"]) == {'[["S","taken"],null]', '[["S","counter"],null]'}


def test_an_update_that_fails_half_way_leaves_no_new_item(database: Database) -> None:
    """moto makes the item before it looks at the values."""
    make_table(database.backend, "plain")
    with pytest.raises(Exception, match=r"operand|type|value"):
        database.backend.update_item("plain", {"Id": {"S": "new"}}, "SET Likes = Id + :n", {}, {":n": {"N": "1"}})
    assert database.in_memory() == database.on_disk() == {}


def test_statements_of_a_failed_partiql_transaction_are_taken_back(database: Database) -> None:
    make_table(database.backend, "plain")
    insert = {"Statement": "INSERT INTO \"plain\" VALUE {'Id': 'x'}"}
    database.backend.execute_transaction([insert])
    before = database.in_memory()
    assert before["plain"] == {'[["S","x"],null]': {"Id": {"S": "x"}}}
    assert database.on_disk() == before
    another = {"Statement": "INSERT INTO \"plain\" VALUE {'Id': 'y'}"}
    with pytest.raises(Exception, match=r".+"):
        database.backend.execute_transaction([another, {"Statement": "UPDATE no sense"}])
    assert database.in_memory() == database.on_disk() == before


def test_a_refused_condition_writes_nothing(database: Database) -> None:
    make_table(database.backend, "plain")
    one(database.backend, {"Put": put("plain", "x", "1", condition=ABSENT)})
    size = sum(file.stat().st_size for file in database.folder.glob("items*"))
    with pytest.raises(ConditionalCheckFailed):
        one(database.backend, {"Put": put("plain", "x", "1", condition=ABSENT)})
    assert sum(file.stat().st_size for file in database.folder.glob("items*")) == size


def test_every_public_operation_is_a_unit(database: Database) -> None:
    del database

    for kind, operations in (
        (EmbeddedDynamoDb, ("put_item", "execute_statement", "batch_execute_statement", "restore_table_from_backup")),
        (DynamoHandler, ("batch_write_item", "batch_get_item", "update_item", "import_table", "scan")),
    ):
        for operation in operations:
            assert hasattr(getattr(kind, operation), "__wrapped__"), operation
