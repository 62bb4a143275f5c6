"""What moto's DynamoDB is once ours: every way in is a unit, a transaction copies no table, trouble has AWS's form."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import ResourceNotFoundException, TransactionCanceledException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from embedded.dynamodb import backend as dynamodb
from tests.unit.embedded.dynamodb.conftest import Database, Fail, make_table


def handler(**body: Any) -> Any:
    """moto's handler of one request."""
    made: Any = object.__new__(DynamoHandler)
    made.current_account, made.region, made.body = "123456789012", "us-east-1", body
    return made


ITEM = {"Id": {"S": "x"}}


def test_a_request_is_answered_as_moto_does(database: Database) -> None:
    make_table(database.backend, "t")
    handler(TableName="t", Item=ITEM).put_item()
    assert handler(TableName="t", Key=ITEM).get_item().result["Item"] == ITEM


def test_a_disk_that_fails_is_an_internal_server_error_with_its_reason(database: Database, fail_next: Fail) -> None:
    make_table(database.backend, "t")
    fail_next("before")
    with pytest.raises(JsonRESTError) as refused:
        handler(TableName="t", Item=ITEM).put_item()
    assert (refused.value.code, refused.value.error_type) == (500, "InternalServerError")
    assert "database or disk is full" in refused.value.message
    assert database.in_memory() == {}


def test_one_request_is_one_unit_also_where_it_calls_the_backend_several_times(
    database: Database, fail_next: Fail
) -> None:
    make_table(database.backend, "t")
    fail_next("before")
    rows = [{"PutRequest": {"Item": {"Id": {"S": name}}}} for name in ("a", "b")]
    with pytest.raises(JsonRESTError):
        handler(RequestItems={"t": rows}).batch_write_item()
    assert database.in_memory() == database.on_disk() == {}
    handler(RequestItems={"t": rows}).batch_write_item()
    assert len(database.on_disk()["t"]) == 2


class _Noting:
    """Units that are counted."""

    def __init__(self) -> None:
        self.entered = self.left = 0

    def __enter__(self) -> None:
        self.entered += 1

    def __exit__(self, *_: object) -> None:
        self.left += 1


def test_a_method_that_only_moto_knows_is_a_unit_too() -> None:
    noting = _Noting()

    class Kept(DynamoDBBackend):
        units = noting

        def list_tables(self, limit: int, exclusive_start_table_name: str) -> Any:
            assert noting.entered > noting.left
            return super().list_tables(limit, exclusive_start_table_name)

    assert dynamodb._each_public_method_is_a_unit(Kept) is Kept
    backend = Kept("us-east-1", "123456789012")
    assert backend.list_tables(10, exclusive_start_table_name="") == ([], None)
    backend.describe_endpoints()
    assert (noting.entered, noting.left) == (2, 2)


class _Uncopyable:
    def __deepcopy__(self, _memo: object) -> None:
        pytest.fail("a table was copied")


def update(name: str, *, condition: str) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "t",
            "Key": {"Id": {"S": name}},
            "UpdateExpression": "SET Likes = :n",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        }
    }


@pytest.mark.parametrize("condition", ["attribute_not_exists(Id)", "attribute_exists(Id)"], ids=["passes", "fails"])
def test_a_transaction_copies_no_table_and_whoever_comes_after_it_may(database: Database, condition: str) -> None:
    table = make_table(database.backend, "t")
    table.tags.append(_Uncopyable())
    try:
        database.backend.transact_write_items([update("a", condition=condition), update("b", condition=condition)])
    except TransactionCanceledException:
        assert database.in_memory() == {}
    else:
        assert len(database.in_memory()["t"]) == 2
    table.tags.clear()
    assert copy.deepcopy(table) is not table


def test_a_copy_of_a_table_shares_nothing_with_it(database: Database) -> None:
    table = make_table(database.backend, "t", stream=True)
    database.backend.put_item("t", ITEM)
    with ThreadPoolExecutor(max_workers=1) as another:  # one that was never in a transaction
        twin = another.submit(copy.deepcopy, table).result()
    assert twin is not table
    assert twin.stream_shard.table is twin
    assert [item.to_json() for item in twin.all_items()] == [item.to_json() for item in table.all_items()]
    twin.items.clear()
    assert len(table.all_items()) == 1


def test_the_tables_of_every_region_are_found(database: Database) -> None:
    make_table(database.backend, "here")
    make_table(dynamodb_backends["123456789012"]["eu-west-1"], "there")
    assert {table.name for table in dynamodb.tables()} == {"here", "there"}


@pytest.mark.parametrize("by_arn", [False, True], ids=["name", "ARN"])
def test_items_of_a_table_that_is_not_there_are_forgotten_by_its_name_and_by_its_arn(
    database: Database, by_arn: bool
) -> None:
    arn = make_table(database.backend, "t").table_arn
    database.backend.put_item("t", ITEM)
    database.backend.tables.clear()
    database.store.close()
    database.open()
    assert database.on_disk() != {}
    with pytest.raises(ResourceNotFoundException):
        database.backend.delete_table(arn if by_arn else "t")
    assert database.on_disk() == {}
