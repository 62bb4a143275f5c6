"""The embedded DynamoDB keeps what DynamoDB promises: atomic operations and transactions, items that last."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from embedded import state
from tests.support import EmbeddedAws, kill_embedded_aws, local_settings, running_embedded_aws

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


def test_every_acknowledged_write_survives_a_killed_daemon(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings) as first:
        client = make_table(first, "kept")
        client.update_item(**add("kept", 7))
        client.put_item(TableName="kept", Item=EVERY_TYPE)
        for name in ("gone", "batch", "statement"):
            client.put_item(TableName="kept", Item={"Id": {"S": name}})
        client.delete_item(TableName="kept", Key={"Id": {"S": "gone"}})
        client.batch_write_item(RequestItems={"kept": [{"DeleteRequest": {"Key": {"Id": {"S": "batch"}}}}]})
        client.execute_statement(Statement="DELETE FROM \"kept\" WHERE Id = 'statement'")
        client.transact_write_items(
            TransactItems=[{"Update": add("kept", 1)}, {"Put": {"TableName": "kept", "Item": {"Id": {"S": "row"}}}}]
        )
        kill_embedded_aws(settings)
    with running_embedded_aws(settings) as second:
        client = second.client("dynamodb")
        assert count(client, "kept") == 8
        assert client.get_item(TableName="kept", Key={"Id": EVERY_TYPE["Id"]})["Item"] == EVERY_TYPE
        assert {item["Id"]["S"] for item in client.scan(TableName="kept")["Items"]} == {"counter", "all types", "row"}
        client.delete_table(TableName="kept")
        kill_embedded_aws(settings)
    with running_embedded_aws(settings) as third:
        assert make_table(third, "kept").scan(TableName="kept", Select="COUNT")["Count"] == 0


def test_on_a_full_disk_writes_are_refused_whole_and_go_on_when_there_is_space(aws: EmbeddedAws) -> None:
    client = make_table(aws, "full")
    client.update_item(**add("full"))
    daemon = psutil.Process(running(aws).pid)
    usual = daemon.rlimit(psutil.RLIMIT_FSIZE)
    daemon.rlimit(psutil.RLIMIT_FSIZE, (0, usual[1]))  # every write to a file fails from here on
    try:
        for _ in range(2):
            with pytest.raises(ClientError, match="free space on its disk") as refused:
                client.transact_write_items(
                    TransactItems=[
                        {"Update": add("full")},
                        {"Put": {"TableName": "full", "Item": {"Id": {"S": "row"}}}},
                    ]
                )
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            assert refused.value.response["Error"]["Code"] == "InternalServerError"
        assert count(client, "full") == 1
        assert client.scan(TableName="full", Select="COUNT")["Count"] == 1
        assert any("Items cannot be written" in line for line in aws.control("GET", "/status")["warnings"])
    finally:
        daemon.rlimit(psutil.RLIMIT_FSIZE, usual)
    client.update_item(**add("full"))
    assert count(client, "full") == 2
    assert aws.control("GET", "/status")["warnings"] == []


def running(aws: EmbeddedAws) -> state.DaemonState:
    found = state.read(aws.settings.state_dir)
    assert found is not None
    return found


def test_answers_leave_nothing_behind_in_memory(aws: EmbeddedAws) -> None:
    """Each answer takes a hundred records of some kilobytes, so that 100 answers that stayed would take tens of MB."""
    client = make_table(aws, "many")
    for number in range(100):
        texts = {f"Text {text}": {"S": "x"} for text in range(20)}
        client.put_item(TableName="many", Item={"Id": {"S": str(number)}, **texts})
    daemon = psutil.Process(running(aws).pid)

    def scan(times: int) -> int:
        for _ in range(times):
            assert client.scan(TableName="many")["Count"] == 100
        return int(daemon.memory_info().rss)

    before = scan(50)
    assert scan(100) - before < 8_000_000


def test_a_removed_file_of_items_is_made_anew_with_everything(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running_embedded_aws(settings) as first:
        client = make_table(first, "kept")
        client.update_item(**add("kept", 7))
        for file in settings.state_dir.glob("dynamodb.sqlite3*"):
            file.unlink()
        client.put_item(TableName="kept", Item={"Id": {"S": "row"}})
        kill_embedded_aws(settings)
    with running_embedded_aws(settings) as second:
        client = second.client("dynamodb")
        assert count(client, "kept") == 7
        assert client.scan(TableName="kept", Select="COUNT")["Count"] == 2


def test_a_damaged_file_of_items_is_put_aside_and_told(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    settings.state_dir.mkdir(exist_ok=True)
    (settings.state_dir / "dynamodb.sqlite3").write_bytes(b"damaged" * 1000)
    with running_embedded_aws(settings) as aws:
        (warning,) = aws.control("GET", "/status")["warnings"]
        assert "dynamodb.sqlite3 was damaged" in warning
        assert len(list(settings.state_dir.glob("dynamodb.sqlite3.damaged-*"))) == 1


def test_a_transaction_that_is_sent_again_with_its_token_counts_once(aws: EmbeddedAws) -> None:
    """As SDKs send it again when an answer was lost."""
    client = make_table(aws, "tokens")
    for _ in range(3):
        client.transact_write_items(TransactItems=[{"Update": add("tokens")}], ClientRequestToken="once")
    assert count(client, "tokens") == 1
    client.transact_write_items(TransactItems=[{"Update": add("tokens")}])
    assert count(client, "tokens") == 2
    with pytest.raises(ClientError, match="IdempotentParameterMismatchException") as raised:
        client.transact_write_items(TransactItems=[{"Update": add("tokens", 5)}], ClientRequestToken="once")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert count(client, "tokens") == 2


def test_a_request_that_makes_no_sense_is_refused_as_dynamodb_refuses(aws: EmbeddedAws) -> None:
    client = make_table(aws, "nonsense")
    value = {":v": {"S": "counter"}}
    with pytest.raises(ClientError, match="ValidationException") as raised:
        client.query(TableName="nonsense", KeyConditionExpression="Id = :v OR Id = :v", ExpressionAttributeValues=value)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    client.put_item(TableName="nonsense", Item={"Id": {"S": "counter"}, "Likes": {"N": "1"}})
    assert count(client, "nonsense") == 1
