"""The embedded DynamoDB keeps what DynamoDB promises: atomic operations and transactions, items that last."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import state
from embedded.dynamodb.disk import FLUSH_SECONDS
from tests.support import EmbeddedAws, local_settings, running_embedded_aws, wait_for

THREADS = 8
TURNS = 25

EVERY_TYPE: dict[str, Any] = {
    "Id": {"S": "all types"},
    "Text": {"S": "Dr\u00e4che"},
    "Number": {"N": "12.5"},
    "Flag": {"BOOL": False},
    "Nothing": {"NULL": True},
    "Bytes": {"B": b"\x00\xff"},
    "Texts": {"SS": ["a", "b"]},
    "List": {"L": [{"S": "a"}, {"N": "1"}, {"L": []}]},
    "Map": {"M": {"S": {"S": "named like a type"}, "Inner": {"M": {"B": {"B": b"\x01"}}}}},
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("dynamodb"))) as running:
        yield running


def make_table(aws: EmbeddedAws, name: str) -> Any:
    client = aws.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def add(table: str, amount: int = 1) -> dict[str, Any]:
    """The parameters of an update that adds to the counter."""
    return {
        "TableName": table,
        "Key": {"Id": {"S": "counter"}},
        "UpdateExpression": "ADD Likes :n",
        "ExpressionAttributeValues": {":n": {"N": str(amount)}},
    }


def count(client: Any, table: str) -> int:
    item = client.get_item(TableName=table, Key={"Id": {"S": "counter"}}, ConsistentRead=True)["Item"]
    return int(item["Likes"]["N"])


def test_concurrent_updates_of_one_item_are_all_counted(aws: EmbeddedAws) -> None:
    client = make_table(aws, "concurrent")
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(client.update_item, **add("concurrent")) for _ in range(THREADS * TURNS)]:
            future.result()
    assert count(client, "concurrent") == THREADS * TURNS


def test_values_of_every_type_come_back_as_they_were_put(aws: EmbeddedAws) -> None:
    client = make_table(aws, "types")
    client.put_item(TableName="types", Item=EVERY_TYPE)
    assert client.get_item(TableName="types", Key={"Id": EVERY_TYPE["Id"]})["Item"] == EVERY_TYPE
    assert client.scan(TableName="types")["Items"] == [EVERY_TYPE]


def test_a_failed_transaction_undoes_itself_and_nothing_else(aws: EmbeddedAws) -> None:
    """Half of the transactions fail at their last action, while plain updates of the same item go on beside them."""
    client = make_table(aws, "transactions")
    client.put_item(TableName="transactions", Item={"Id": {"S": "taken"}})

    def transact(number: int) -> int:
        row = "taken" if number % 2 else f"row-{number}"
        put = {
            "TableName": "transactions",
            "Item": {"Id": {"S": row}},
            "ConditionExpression": "attribute_not_exists(Id)",
        }
        try:
            client.transact_write_items(TransactItems=[{"Update": add("transactions")}, {"Put": put}])
        except ClientError as error:
            reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
            assert reasons == ["None", "ConditionalCheckFailed"]
            return 0
        return 1

    with ThreadPoolExecutor(THREADS) as pool:
        plain = [pool.submit(client.update_item, **add("transactions")) for _ in range(100)]
        applied = sum(pool.map(transact, range(100)))
        for future in plain:
            future.result()
    assert applied == 50
    assert count(client, "transactions") == 150
    rows = client.scan(TableName="transactions", Select="COUNT")["Count"]
    assert rows == 50 + len(["counter", "taken"])


def test_items_come_back_after_a_crash_when_their_table_is_made_again(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings) as first:
        client = make_table(first, "kept")
        client.update_item(**add("kept", 7))
        client.put_item(TableName="kept", Item=EVERY_TYPE)
        client.put_item(TableName="kept", Item={"Id": {"S": "gone"}})
        client.delete_item(TableName="kept", Key={"Id": {"S": "gone"}})
        database = settings.state_dir / "dynamodb.sqlite3-wal"
        before = database.stat().st_mtime_ns
        client.update_item(**add("kept", 1))
        wait_for(lambda: database.stat().st_mtime_ns > before, what="flushed", timeout_seconds=FLUSH_SECONDS * 10)
        daemon = state.read(settings.state_dir)
        assert daemon is not None
        os.kill(daemon.pid, signal.SIGKILL)
        wait_for(lambda: state.read(settings.state_dir) is None, what="the daemon is dead")
    with running_embedded_aws(settings) as second:
        client = make_table(second, "kept")
        assert count(client, "kept") == 8
        assert client.scan(TableName="kept", Select="COUNT")["Count"] == 2
        assert client.get_item(TableName="kept", Key={"Id": EVERY_TYPE["Id"]})["Item"] == EVERY_TYPE
        client.delete_table(TableName="kept")
        client = make_table(second, "kept")
        assert client.scan(TableName="kept", Select="COUNT")["Count"] == 0
