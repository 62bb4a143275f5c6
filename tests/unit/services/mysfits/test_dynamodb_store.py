"""The store's calls to DynamoDB, word for word, its deadlines, and what becomes of refusals and silence."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from services.kit import dynamodb_client
from services.kit.dynamodb_client import DynamoDbClients
from services.kit.group_commit import GroupCommit, GroupLimits
from services.mysfits.dynamodb_store import DynamoDbMysfitStore
from services.mysfits.like_batch import Tables
from services.mysfits.mysfits import Like, StoreUnavailableError, UnknownMysfitError
from tests.unit.virtual_time import now, run_in_virtual_time

SILENCE: Final = object()


def item(mysfit_id: str) -> dict[str, Any]:
    texts = ("Name", "Species", "Description", "GoodEvil", "LawChaos")
    return {
        "MysfitId": {"S": mysfit_id},
        **{name: {"S": "…"} for name in texts},
        **{name: {"S": "/images/x.svg"} for name in ("ThumbImageUri", "ProfileImageUri")},
        **{"Age": {"N": "3"}, "Likes": {"N": "4"}, "Adopted": {"BOOL": False}},
    }


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Anything")


class Client:
    """Gives its answers in turn; notes every call."""

    def __init__(self, *answers: Any) -> None:
        self._answers = deque(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            answer = self._answers.popleft()
            if answer is SILENCE:
                await asyncio.sleep(1e6)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


async def no_commit(*_: Any) -> None:
    raise AssertionError("no like was expected")


def store(
    *, reads: Client | None = None, writes: Client | None = None, ledger: str | None = "l"
) -> DynamoDbMysfitStore:
    clients = DynamoDbClients(reads=reads or Client(), writes=writes or Client())
    likes: GroupCommit[None] = GroupCommit(
        commit=no_commit, limits=GroupLimits(most_in_group=9), unavailable=StoreUnavailableError
    )
    return DynamoDbMysfitStore(clients=clients, tables=Tables(mysfits="t", ledger=ledger), likes=likes)


async def test_the_list_is_every_page_of_a_scan() -> None:
    last = {"MysfitId": {"S": "b"}}
    reads = Client({"Items": [item("a"), item("b")], "LastEvaluatedKey": last}, {"Items": [item("c")]})
    assert [one.mysfit_id for one in await store(reads=reads).list_all()] == ["a", "b", "c"]
    first = {"TableName": "t"}
    assert reads.calls == [("scan", first), ("scan", {**first, "ExclusiveStartKey": last})]


async def test_a_filtered_list_is_a_query_of_the_axis_index() -> None:
    reads = Client({"Items": [item("a")]})
    assert [one.mysfit_id for one in await store(reads=reads).list_by("LawChaos", "Lawful")] == ["a"]
    request = {
        "TableName": "t",
        "IndexName": "LawChaosIndex",
        "KeyConditionExpression": "LawChaos = :value",
        "ExpressionAttributeValues": {":value": {"S": "Lawful"}},
    }
    assert reads.calls == [("query", request)]


async def test_a_profile_is_a_consistent_read() -> None:
    reads = Client({"Item": item("a")})
    profile = await store(reads=reads).profile("a")
    assert (profile.summary.mysfit_id, profile.age, profile.likes) == ("a", 3, 4)
    request = {"TableName": "t", "Key": {"MysfitId": {"S": "a"}}, "ConsistentRead": True}
    assert reads.calls == [("get_item", request)]


async def test_a_profile_of_nobody_is_unknown() -> None:
    with pytest.raises(UnknownMysfitError, match="There is no mysfit nobody;"):
        await store(reads=Client({})).profile("nobody")


async def test_an_adoption_is_one_conditional_update() -> None:
    writes = Client({})
    await store(writes=writes).adopt("a")
    request = {
        "TableName": "t",
        "Key": {"MysfitId": {"S": "a"}},
        "UpdateExpression": "SET Adopted = :yes",
        "ConditionExpression": "attribute_exists(MysfitId)",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    }
    assert writes.calls == [("update_item", request)]


async def test_an_adoption_of_nobody_is_unknown() -> None:
    with pytest.raises(UnknownMysfitError, match="There is no mysfit nobody;"):
        await store(writes=Client(refused("ConditionalCheckFailedException"))).adopt("nobody")


Call = Callable[[DynamoDbMysfitStore], Awaitable[Any]]
CALLS: Final[dict[str, tuple[Call, str, str]]] = {
    "GetItem": (lambda one: one.profile("a"), "reads", "a"),
    "UpdateItem": (lambda one: one.adopt("a"), "writes", "a"),
    "Scan": (lambda one: one.list_all(), "reads", ""),
    "Query": (lambda one: one.list_by("GoodEvil", "Good"), "reads", ""),
}


@pytest.mark.parametrize("operation", CALLS)
async def test_a_refusal_changed_nothing_and_its_reason_goes_to_the_log(
    operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    call, side, mysfit_id = CALLS[operation]
    with pytest.raises(StoreUnavailableError, match="The database refused; nothing was changed"):
        await call(store(**{side: Client(refused("AccessDeniedException"))}))  # type: ignore[arg-type]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(f"DynamoDB refused {operation}: ")
    assert record.__dict__["fields"] == {"mysfitId": mysfit_id, "code": "AccessDeniedException"}


@pytest.mark.parametrize("operation", CALLS)
async def test_after_a_broken_connection_nobody_knows(operation: str, caplog: pytest.LogCaptureFixture) -> None:
    call, side, mysfit_id = CALLS[operation]
    with pytest.raises(StoreUnavailableError, match="whether a change was made is unknown"):
        await call(store(**{side: Client(ConnectionClosedError(endpoint_url="x"))}))  # type: ignore[arg-type]
    (record,) = caplog.records
    assert record.getMessage().startswith(f"DynamoDB did not answer {operation}: ConnectionClosedError")
    assert record.__dict__["fields"] == {"mysfitId": mysfit_id}


@pytest.mark.parametrize(
    ("operation", "seconds"), [("GetItem", 4.0), ("Scan", 4.0), ("Query", 4.0), ("UpdateItem", 2.5)]
)
def test_silence_is_waited_for_up_to_a_deadline(operation: str, seconds: float) -> None:
    call, side, _ = CALLS[operation]

    async def gives_up_at() -> float:
        with pytest.raises(StoreUnavailableError):
            await call(store(**{side: Client(SILENCE)}))  # type: ignore[arg-type]
        return now()

    assert run_in_virtual_time(gives_up_at()) == seconds


async def test_likes_need_a_ledger() -> None:
    without = store(ledger=None)
    for like in (without.like(Like(mysfit_id="a", key="k")), without.like_all("a", ["k"])):
        with pytest.raises(RuntimeError, match="opened without a ledger"):
            await like


async def test_likes_go_to_the_group_of_their_mysfit() -> None:
    groups: list[tuple[str, list[str]]] = []

    async def commit(mysfit_id: str, keys: Any, settle: Any) -> None:
        groups.append((mysfit_id, list(keys)))
        settle(keys, None)

    likes: GroupCommit[None] = GroupCommit(
        commit=commit, limits=GroupLimits(most_in_group=9), unavailable=StoreUnavailableError
    )
    clients = DynamoDbClients(reads=Client(), writes=Client())
    one = DynamoDbMysfitStore(clients=clients, tables=Tables(mysfits="t", ledger="l"), likes=likes)
    await one.like(Like(mysfit_id="a", key="k"))
    await one.like_all("b", ["x", "y"])
    await one.drain()
    assert groups == [("a", ["k"]), ("b", ["x", "y"])]


@pytest.mark.parametrize(("attempts", "attempt_seconds"), [(3, 1.5), (1, 2.0)])
def test_clients_give_up_soon_and_write_once(attempts: int, attempt_seconds: float) -> None:
    config: Any = dynamodb_client._config(attempts=attempts, attempt_seconds=attempt_seconds, agent="tested")
    assert (config.connect_timeout, config.read_timeout) == (1.0, attempt_seconds)
    assert config.retries == {"mode": "standard", "total_max_attempts": attempts}
    assert config.user_agent == "tested"
    assert (config.max_pool_connections, config.parameter_validation, config.tcp_keepalive) == (64, False, True)
