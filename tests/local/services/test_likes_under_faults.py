"""Likes from many clients through three processes on a database that fails, one process killed under them.

In the manner of Jepsen's counter: what was acknowledged is counted, what is counted was sent, and when everyone has
tried again until there was an answer, every like counts exactly once.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from tests.local.services.conftest import StartService
from tests.local.services.faulty_proxy import FaultyDynamoDb, lose_the_reply, lose_the_request, throttle
from tests.local.services.service_process import ServiceProcess
from tests.local.services.table import MYSFITS, MysfitTable

IDS = [mysfit["MysfitId"] for mysfit in MYSFITS[:2]]
CLIENTS = 24
LIKES_PER_CLIENT = 12
LATE_SECONDS = 1.5
"""Longer than the store waits for one answer, so that the same transaction is under way twice."""


class Faults:
    """Every third call fails, in a way drawn anew for each."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable faults
        self.happened: Counter[str] = Counter()

    async def __call__(
        self, request: web.Request, forward: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        kind = self._random.choices(
            ("none", "reply lost", "request lost", "throttled", "late"), weights=(66, 12, 8, 10, 4)
        )[0]
        self.happened[kind] += 1
        match kind:
            case "reply lost":
                return await lose_the_reply(request, forward)
            case "request lost":
                return await lose_the_request(request, forward)
            case "throttled":
                return await throttle(request, forward)
            case "late":
                await asyncio.sleep(LATE_SECONDS)
        return await forward()


@dataclass(kw_only=True)
class Clients:
    """Those who like, and what they know."""

    session: aiohttp.ClientSession
    processes: list[ServiceProcess]
    random: random.Random
    sent: set[tuple[str, str]] = field(default_factory=set)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)

    async def like(self, mysfit_id: str, key: str, *, tries: int) -> bool:
        """Send one like, again with the same key where there was no success; whether it was acknowledged."""
        self.sent.add((mysfit_id, key))
        for _ in range(tries):
            process = self.random.choice(self.processes)
            url = f"http://{process.netloc}/mysfits/{mysfit_id}/like"
            try:
                async with self.session.post(url, headers={"Idempotency-Key": key}) as answer:
                    assert answer.headers["Idempotency-Key"] == key
                    if answer.status == 200:
                        self.acknowledged.add((mysfit_id, key))
                        return True
                    assert answer.status == 503
            except (aiohttp.ClientError, OSError):
                continue  # killed under us, or not there yet
        return False

    async def client(self, number: int) -> None:
        for like in range(LIKES_PER_CLIENT):
            mysfit_id = IDS[0] if self.random.random() < 0.8 else IDS[1]
            await self.like(mysfit_id, f"{number}-{like}", tries=2)

    def of(self, likes: set[tuple[str, str]], mysfit_id: str) -> int:
        return len([like for like in likes if like[0] == mysfit_id])


@pytest.fixture
async def database(table: MysfitTable) -> AsyncIterator[tuple[FaultyDynamoDb, str]]:
    faulty = FaultyDynamoDb(table.endpoint_url)
    async with faulty.serve() as url:
        yield faulty, url


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_like_counts_once_under_faults_and_kill_9(
    seed: int, database: tuple[FaultyDynamoDb, str], table: MysfitTable, start_service: StartService
) -> None:
    proxy, url = database
    environ = {**table.environ, "AWS_ENDPOINT_URL": url}

    async def start(name: str) -> ServiceProcess:
        return await asyncio.to_thread(start_service, name, **environ, MYSFIT_ACTIONS="like")

    # Two monoliths and a like service that persists by itself, as between two stages.
    processes = [await start("monolith"), await start("monolith"), await start("like")]
    faults = proxy.fault = Faults(seed)
    async with aiohttp.ClientSession() as session:
        clients = Clients(session=session, processes=processes, random=random.Random(seed))  # noqa: S311
        running = [asyncio.create_task(clients.client(number)) for number in range(CLIENTS)]
        while len(clients.acknowledged) < CLIENTS * LIKES_PER_CLIENT // 3:
            await asyncio.wait(running, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)
        processes[0].kill()
        await asyncio.gather(*running)
        processes[0] = await start("monolith")
        counts = {mysfit_id: await asyncio.to_thread(table.likes, mysfit_id) for mysfit_id in IDS}
        for mysfit_id, count in counts.items():
            assert clients.of(clients.acknowledged, mysfit_id) <= count <= clients.of(clients.sent, mysfit_id)
        assert set(faults.happened) == {"none", "reply lost", "request lost", "throttled", "late"}

        open_ends = sorted(clients.sent - clients.acknowledged)
        proxy.fault = None
        answers = await asyncio.gather(*(clients.like(*like, tries=20) for like in open_ends))
        assert all(answers)
    for process in processes:  # whatever is still under way ends here
        process.terminate()
        assert await asyncio.to_thread(process.wait) == 0
    distinct = {f"{mysfit_id}#{key}" for mysfit_id, key in clients.sent}
    assert len(distinct) == CLIENTS * LIKES_PER_CLIENT
    assert set(table.ledger()) == distinct
    assert {mysfit_id: table.likes(mysfit_id) for mysfit_id in IDS} == {
        mysfit_id: clients.of(clients.acknowledged, mysfit_id) for mysfit_id in IDS
    }
