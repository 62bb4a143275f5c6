"""Injected faults as a DynamoDB client sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from embedded.faults import ROUTE
from tests.support import EmbeddedAws, local_settings, running_embedded_aws

TABLE = "faults"

Plan = Callable[..., Any]
"""``plan("PUT", {"drop": 1})`` asks the fault switch."""


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with running_embedded_aws(local_settings(tmp_path_factory.mktemp("faults"))) as running:
        running.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        )
        yield running


@pytest.fixture
def plan(embedded_aws: EmbeddedAws) -> Iterator[Plan]:
    yield lambda method, document=None: embedded_aws.control(method, ROUTE, document)
    embedded_aws.control("DELETE", ROUTE)


def likes(embedded_aws: EmbeddedAws, key: str) -> int:
    item = embedded_aws.client("dynamodb").get_item(TableName=TABLE, Key={"Id": {"S": key}}).get("Item", {})
    return int(item.get("Likes", {"N": "0"})["N"])


def add_one(client: Any, key: str) -> None:
    client.update_item(
        TableName=TABLE,
        Key={"Id": {"S": key}},
        UpdateExpression="ADD Likes :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_dropped_reply_is_a_closed_connection_and_every_attempt_was_applied(
    embedded_aws: EmbeddedAws, plan: Plan
) -> None:
    plan("PUT", {"drop": 1})
    with pytest.raises(ConnectionClosedError):
        add_one(embedded_aws.client("dynamodb"), "dropped")
    plan("DELETE")
    # boto's own retries: each lost reply is one more increment, which is why services never retry one blindly.
    assert likes(embedded_aws, "dropped") == 3
    assert plan("GET")["counts"]["drop"] == 3


def test_throttled_operation_is_refused_and_not_applied(embedded_aws: EmbeddedAws, plan: Plan) -> None:
    plan("PUT", {"throttle": 1})
    with pytest.raises(ClientError) as raised:
        add_one(embedded_aws.client("dynamodb"), "throttled")
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    plan("DELETE")
    assert likes(embedded_aws, "throttled") == 0


def test_the_rest_of_the_api_is_untouched(embedded_aws: EmbeddedAws, plan: Plan) -> None:
    plan("PUT", {"throttle": 1})
    assert embedded_aws.client("dynamodb").list_tables()["TableNames"] == [TABLE]
    assert embedded_aws.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_the_control_socket_tells_of_the_loops(embedded_aws: EmbeddedAws) -> None:
    loops = {loop["name"]: loop["restarts"] for loop in embedded_aws.control("GET", "/status")["loops"]}
    assert loops == dict.fromkeys(("metrics", "alb", "ecs", "use of tasks", "scaling", "items", "control plane"), 0)
