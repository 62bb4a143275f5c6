"""The store of likes against a DynamoDB that fails in every way it may, with processes that die at any step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.kit.dynamodb_client import DynamoDbClients
from services.kit.group_commit import GroupCommit, GroupLimits
from services.mysfits.dynamodb_store import DynamoDbMysfitStore
from services.mysfits.like_batch import Tables
from services.mysfits.like_commits import CommitTimes, LikeCommits
from services.mysfits.mysfits import Like, StoreUnavailableError, UnknownMysfitError
from tests.unit.services.faulty_dynamodb import Fault, FaultyDynamoDb
from tests.unit.services.mysfit_metrics import mysfit_metrics

T = TypeVar("T")

MYSFITS = ("a", "b")
GHOST = "ghost"
PROCESSES = (0, 1)
TABLES = Tables(mysfits="mysfits", ledger="ledger")
TIMES = CommitTimes(first_pause=0.0, longest_pause=0.0)

a_process = st.sampled_from(PROCESSES)
a_mysfit = st.sampled_from((*MYSFITS, MYSFITS[0], GHOST))
some_keys = st.lists(st.sampled_from([f"k{n}" for n in range(12)]), min_size=1, max_size=8)
some_faults = st.lists(st.sampled_from(list(Fault)), max_size=4)


class Process:
    """One task of a service: a store of its own, and the clients that are connected to it."""

    def __init__(self, database: FaultyDynamoDb, *, most_in_group: int) -> None:
        commits = LikeCommits(
            client=database, tables=TABLES, metrics=mysfit_metrics(), times=TIMES, clock=database.clock
        )
        limits = GroupLimits(most_in_group=most_in_group)
        clients = DynamoDbClients(reads=database, writes=database)
        likes = GroupCommit(commit=commits.commit, limits=limits, unavailable=StoreUnavailableError)
        self.store = DynamoDbMysfitStore(clients=clients, tables=TABLES, likes=likes)
        self.clients: set[asyncio.Task[None]] = set()


class LikesMachine(RuleBasedStateMachine):
    """Clients send and resend likes; calls fail, processes die, requests arrive late."""

    @initialize(honours_tokens=st.booleans(), most_in_group=st.sampled_from((1, 3, 99)))
    def start(self, honours_tokens: bool, most_in_group: int) -> None:
        logging.disable(logging.CRITICAL)
        self.loop = asyncio.new_event_loop()
        self.most_in_group = most_in_group
        self.database = FaultyDynamoDb(*MYSFITS, honours_tokens=honours_tokens)
        self.processes = {number: self.new_process() for number in PROCESSES}
        self.sent: set[tuple[str, str]] = set()
        self.acknowledged: set[tuple[str, str]] = set()
        self.denied: set[tuple[str, str]] = set()
        self.surprises: list[BaseException] = []

    def run(self, awaitable: Awaitable[T]) -> T:
        return self.loop.run_until_complete(awaitable)

    def new_process(self) -> Process:
        return Process(self.database, most_in_group=self.most_in_group)

    @rule(process=a_process, mysfit_id=a_mysfit, keys=some_keys, faults=some_faults)
    def send(self, process: int, mysfit_id: str, keys: list[str], faults: list[Fault]) -> None:
        """Clients send likes, new ones and ones that were sent before."""
        self.database.faults.extend(faults)
        for key in keys:
            self.start_client(self.processes[process], mysfit_id, key)

    def start_client(self, process: Process, mysfit_id: str, key: str) -> None:
        self.sent.add((mysfit_id, key))
        task = self.loop.create_task(self.like(process, mysfit_id, key))
        process.clients.add(task)
        task.add_done_callback(process.clients.discard)

    async def like(self, process: Process, mysfit_id: str, key: str) -> None:
        try:
            await process.store.like(Like(mysfit_id=mysfit_id, key=key))
        except StoreUnavailableError:
            return
        except UnknownMysfitError:
            self.denied.add((mysfit_id, key))
            return
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or not task.cancelling():
                self.surprises.append(error)
            raise
        except Exception as error:
            self.surprises.append(error)
            return
        self.acknowledged.add((mysfit_id, key))

    @rule(steps=st.integers(1, 12))
    def go_on(self, steps: int) -> None:
        """Everything moves on a little."""
        self.run(self.steps(steps))

    async def steps(self, number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)
            for process in PROCESSES:
                if self.database.crashed & self.processes[process].store._likes._tasks:
                    await self.kill(process)

    @rule(process=a_process)
    def crash(self, process: int) -> None:
        """kill -9, wherever it is just now."""
        self.run(self.kill(process))

    async def kill(self, process: int) -> None:
        dead = self.processes[process]
        ours = {*dead.clients, *dead.store._likes._tasks}
        for task in ours:
            task.cancel()
        if ours:
            await asyncio.wait(ours)
        self.processes[process] = self.new_process()

    @rule(process=a_process)
    def client_goes_away(self, process: int) -> None:
        """One client closes its connection; that must not touch the likes of others."""
        for task in list(self.processes[process].clients)[:1]:
            task.cancel()

    @rule()
    def late_requests_arrive(self) -> None:
        self.database.deliver_late()

    @rule(process=a_process, mysfit_id=st.sampled_from(MYSFITS))
    def read(self, process: int, mysfit_id: str) -> None:
        """A read shows every like that was acknowledged before it."""
        before = self.acknowledged_of(mysfit_id)
        profile = self.run(self.processes[process].store.profile(mysfit_id))
        assert profile.likes >= before

    @precondition(lambda self: hasattr(self, "database"))
    @invariant()
    def acknowledged_is_counted_and_counted_was_sent(self) -> None:
        assert not self.surprises
        stored = {tuple(row.split("#", 1)) for row in self.database.ledger}
        assert self.acknowledged <= stored <= self.sent
        assert set(self.database.mysfits) == set(MYSFITS)
        for mysfit_id in MYSFITS:
            rows = [row for row in stored if row[0] == mysfit_id]
            assert self.database.mysfits[mysfit_id] == len(rows)
            assert self.acknowledged_of(mysfit_id) <= len(rows)

    def acknowledged_of(self, mysfit_id: str) -> int:
        return len([like for like in self.acknowledged if like[0] == mysfit_id])

    def teardown(self) -> None:
        """The faults end, whoever has no answer tries again: in the end every like counts once."""
        if not hasattr(self, "database"):
            return
        try:
            self.run(self.retry_everything())
            self.database.deliver_late()
            wanted = {mysfit_id: len({k for m, k in self.sent if m == mysfit_id}) for mysfit_id in MYSFITS}
            assert not self.surprises
            assert self.database.mysfits == wanted
            assert self.acknowledged == self.sent - self.denied
            assert self.denied == {like for like in self.sent if like[0] == GHOST}
        finally:
            self.loop.close()
            logging.disable(logging.NOTSET)

    async def retry_everything(self) -> None:
        self.database.faults.clear()
        await self.until_answered()
        await self.steps(1)  # a process that died when its last client was gone takes no retry with it
        for mysfit_id, key in sorted(self.sent - self.acknowledged):
            self.start_client(self.processes[0], mysfit_id, key)
        await self.until_answered()
        for process in self.processes.values():
            await process.store.drain()

    async def until_answered(self) -> None:
        async with asyncio.timeout(30):  # nothing here waits for a clock, but the machine may be busy
            while any(process.clients for process in self.processes.values()):
                await self.steps(1)


TestLikesCountOnce = LikesMachine.TestCase
TestLikesCountOnce.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
