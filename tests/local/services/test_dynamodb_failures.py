"""What the monolith makes of a database that misbehaves: a proxy in front of the real API does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from quart import Quart

from services.facade import monolith_facade as facade
from services.kit.group_commit import GroupLimits
from services.monolith.app import create_app
from services.monolith.settings import MonolithSettings
from services.mysfits import dynamodb_store
from services.mysfits.like_commits import CommitTimes
from tests.local.services.faulty_proxy import (
    Fault,
    FaultyDynamoDb,
    first,
    lose_the_reply,
    lose_the_request,
    never_answer,
    throttle,
)
from tests.local.services.table import MYSFITS, MysfitTable

ID = MYSFITS[0]["MysfitId"]


@pytest.fixture
async def database(monkeypatch: pytest.MonkeyPatch, table: MysfitTable) -> AsyncIterator[FaultyDynamoDb]:
    faulty = FaultyDynamoDb(table.endpoint_url)
    async with faulty.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield faulty


@pytest.fixture
async def monolith(monolith_settings: MonolithSettings, database: FaultyDynamoDb) -> AsyncIterator[Quart]:
    assert database.calls == []
    app = create_app(monolith_settings)
    async with app.test_app():
        yield app


async def test_like_whose_reply_is_lost_is_known_again_and_counts_once(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    database.fault = first(1, lose_the_reply)
    response = await monolith.test_client().post(f"/mysfits/{ID}/like", headers={"Idempotency-Key": "k"})
    assert (response.status_code, database.calls) == (200, ["TransactWriteItems"] * 2)
    assert (table.likes(ID), list(table.ledger())) == (1, [f"{ID}#k"])


async def test_like_whose_request_is_lost_is_sent_again(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    database.fault = first(3, lose_the_request)
    assert (await monolith.test_client().post(f"/mysfits/{ID}/like")).status_code == 200
    assert (len(database.calls), table.likes(ID)) == (4, 1)


@pytest.mark.parametrize("fault", [lose_the_reply, lose_the_request])
async def test_batch_without_an_answer_is_sent_again_as_it_was(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable, fault: Fault
) -> None:
    client = monolith.test_client()
    late: list[asyncio.Task[Any]] = []

    async def fail_while_more_come(
        request: web.Request, forward: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        late.extend(asyncio.create_task(client.post(f"/mysfits/{ID}/like")) for _ in range(5))
        await asyncio.sleep(0)
        return await fault(request, forward)

    database.fault = first(1, fail_while_more_come)
    answers = await asyncio.gather(*(client.post(f"/mysfits/{ID}/like") for _ in range(20)))
    answers += await asyncio.gather(*late)
    assert [answer.status_code for answer in answers] == [200] * 25
    assert database.bodies[0] == database.bodies[1]
    assert table.likes(ID) == len(table.ledger()) == 25


async def test_like_that_stays_unanswered_is_503_and_counts_once_when_it_comes_again(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    client = monolith.test_client()
    database.fault = lose_the_reply
    refused = await client.post(f"/mysfits/{ID}/like")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    database.fault = None
    again = {"Idempotency-Key": refused.headers["Idempotency-Key"]}
    assert [(await client.post(f"/mysfits/{ID}/like", headers=again)).status_code for _ in range(3)] == [200] * 3
    assert table.likes(ID) == len(table.ledger()) == 1


async def test_like_that_is_not_processed_is_not_logged_as_processed(
    monolith: Quart, database: FaultyDynamoDb, caplog: pytest.LogCaptureFixture
) -> None:
    database.fault = throttle
    await monolith.test_client().post(f"/mysfits/{ID}/like")
    assert "Like processed." not in caplog.messages


@pytest.mark.parametrize("path", ["/mysfits", f"/mysfits/{ID}", "/mysfits?filter=GoodEvil&value=Good"])
async def test_reads_try_again_when_a_reply_is_lost(monolith: Quart, database: FaultyDynamoDb, path: str) -> None:
    async def once(request: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
        database.fault = None
        return await lose_the_reply(request, forward)

    database.fault = once
    assert (await monolith.test_client().get(path)).status_code == 200
    assert len(database.calls) == 2


async def test_throttled_like_waits_and_is_stored(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    database.fault = first(3, throttle)
    response = await monolith.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, table.likes(ID), len(database.calls)) == (200, 1, 4)
    assert len(set(database.bodies)) == 1


async def test_like_throttled_until_the_deadline_is_503(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    database.fault = throttle
    response = await monolith.test_client().post(f"/mysfits/{ID}/like")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert (len(database.calls) > 1, table.likes(ID), table.ledger()) == (True, 0, {})


async def test_client_that_goes_away_takes_no_like_back(
    monolith: Quart, database: FaultyDynamoDb, table: MysfitTable
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: web.Request, forward: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
        arrived.set()
        await go_on.wait()
        return await forward()

    database.fault = hold
    like = asyncio.create_task(monolith.test_client().post(f"/mysfits/{ID}/like"))
    await arrived.wait()
    like.cancel()
    await asyncio.wait([like])
    go_on.set()
    database.fault = None
    assert (await monolith.test_client().post(f"/mysfits/{ID}/like")).status_code == 200  # comes after the first
    assert table.likes(ID) == 2


async def test_silent_database_is_503_at_the_deadline(
    monolith: Quart, database: FaultyDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_store, "_READ_SECONDS", 0.2)
    database.fault = never_answer
    client = monolith.test_client()
    answers = await asyncio.gather(
        client.get("/mysfits"), client.get(f"/mysfits/{ID}"), client.post(f"/mysfits/{ID}/like")
    )
    assert [answer.status_code for answer in answers] == [503, 503, 503]


async def test_missing_table_is_503_and_says_so_in_the_log(
    monolith: Quart, table: MysfitTable, caplog: pytest.LogCaptureFixture
) -> None:
    table.delete()
    try:
        response = await monolith.test_client().get("/mysfits")
    finally:
        table.create()
    assert response.status_code == 503
    assert "ResourceNotFoundException" in caplog.text
    assert b"ResourceNotFound" not in await response.get_data()


async def test_deadlines_leave_the_like_service_time_to_hear_of_them() -> None:
    commit, group = CommitTimes(), GroupLimits(most_in_group=1)
    assert max(dynamodb_store._WRITE_SECONDS, commit.deadline, group.wait_seconds) <= facade._ATTEMPT_SECONDS
    assert commit.attempt < commit.deadline / 2  # an attempt without an answer leaves time for another
