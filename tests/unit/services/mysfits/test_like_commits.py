"""How long a group of likes is tried for, how it pauses, what its metrics and its log tell; by a clock that jumps."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from services.kit.metrics import Metrics
from services.mysfits.like_batch import Tables
from services.mysfits.like_commits import CommitTimes, LikeCommits
from services.mysfits.mysfits import StoreUnavailableError, UnknownMysfitError
from tests.unit.virtual_time import now, run_in_virtual_time

SILENCE: Final = object()


class Database:
    """Answers in turn, the last one for ever; notes when it was asked and for which keys."""

    def __init__(self, *answers: Any, seconds: float = 0.0) -> None:
        self._answers = deque(answers)
        self._seconds = seconds
        self.asked_at: list[float] = []
        self.likes: list[list[str]] = []

    async def transact_write_items(self, **request: Any) -> Any:
        self.asked_at.append(now())
        rows = [action["Put"]["Item"]["LikeId"]["S"] for action in request["TransactItems"][:-1]]
        self.likes.append([row.partition("#")[2] for row in rows])
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        await asyncio.sleep(1e6 if answer is SILENCE else self._seconds)
        if isinstance(answer, Exception):
            raise answer
        return {}


class NotedMetrics(Metrics):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(namespace="Tested", counts={}, measures={})
        self.counted: dict[str, int] = {}
        self.measured: dict[str, float] = {}

    def count(self, name: str, amount: int = 1) -> None:
        self.counted[name] = self.counted.get(name, 0) + amount

    def measure(self, name: str, value: float) -> None:
        self.measured[name] = value


class Commit:
    """One group's way, in virtual time: what each key heard, and when it was over."""

    def __init__(self, database: Database, *, keys: tuple[str, ...] = ("a", "b"), **times: float) -> None:
        self.heard: dict[str, Exception | None] = {}
        self.metrics = NotedMetrics()
        self.over_at = run_in_virtual_time(self._run(database, keys, CommitTimes(**times) if times else None))

    async def _run(self, database: Database, keys: tuple[str, ...], times: CommitTimes | None) -> float:
        tables = Tables(mysfits="mysfits", ledger="ledger")
        commits = LikeCommits(client=database, tables=tables, metrics=self.metrics, times=times, clock=now)
        await commits.commit("m", keys, self._settle)
        return now()

    def _settle(self, keys: Collection[str], error: Exception | None) -> None:
        for key in keys:
            assert key not in self.heard
            self.heard[key] = error


@pytest.fixture(autouse=True)
def longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda lowest, highest: lowest + highest)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "TransactWriteItems")


def cancelled(*reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")


def test_one_transaction_stores_a_group() -> None:
    commit = Commit(Database({}, seconds=0.0301))
    assert commit.heard == {"a": None, "b": None}
    assert commit.metrics.counted == {"LikesStored": 2, "Commits": 1}
    assert commit.metrics.measured == {"CommitSize": 2, "CommitMs": 30.1}


def test_pauses_double_up_to_a_fifth_of_a_second_for_three_and_a_half() -> None:
    database = Database(refused("ThrottlingException"))
    commit = Commit(database)
    assert database.asked_at[:6] == [0.0, 0.02, 0.06, 0.14, 0.3, 0.5]
    assert (database.asked_at[-1], commit.over_at) == (3.3, 3.5)
    assert [type(error) for error in commit.heard.values()] == [StoreUnavailableError] * 2
    assert "did not confirm the like in time" in str(commit.heard["a"])
    assert commit.metrics.counted["CommitFailures"] == 2
    assert commit.metrics.counted["CommitRepeats"] == len(database.asked_at) - 1


def test_one_attempt_takes_a_second_at_most_and_never_more_than_is_left() -> None:
    database = Database(SILENCE)
    commit = Commit(database, deadline=2.0, attempt=1.2, first_pause=0.0, longest_pause=0.0)
    assert (database.asked_at, commit.over_at) == ([0.0, 1.2], 2.0)


def test_by_default_silence_is_waited_for_three_times() -> None:
    database = Database(SILENCE)
    commit = Commit(database)
    assert (database.asked_at, commit.over_at) == ([0.0, 1.22, 2.46], 3.58)


def test_likes_that_are_known_are_settled_and_the_rest_goes_on_at_once() -> None:
    database = Database(cancelled("ConditionalCheckFailed", "None", "None"), {})
    commit = Commit(database)
    assert commit.heard == {"a": None, "b": None}
    assert (database.likes, database.asked_at) == ([["a", "b"], ["b"]], [0.0, 0.0])
    assert commit.metrics.counted == {"LikesKnown": 1, "LikesStored": 2, "CommitRepeats": 1, "Commits": 1}


def test_likes_of_nobody_hear_so(caplog: pytest.LogCaptureFixture) -> None:
    commit = Commit(Database(cancelled("None", "None", "ConditionalCheckFailed")))
    assert [type(error) for error in commit.heard.values()] == [UnknownMysfitError] * 2
    assert "There is no mysfit m;" in str(commit.heard["a"])
    assert caplog.records == []


@pytest.mark.parametrize(
    ("error", "level", "reason"),
    [
        (refused("AccessDeniedException"), logging.ERROR, "AccessDeniedException"),
        (refused("ThrottlingException"), logging.WARNING, "ThrottlingException"),
        (OSError("gone"), logging.WARNING, "no answer: OSError('gone')"),
        (cancelled("None", "TransactionConflict", "None"), logging.WARNING, "TransactionConflict"),
    ],
)
def test_what_was_not_stored_is_told_with_its_reason(
    error: Exception, level: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    Commit(Database(error, {}))
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, f"DynamoDB did not store likes: {reason}")
    told = record.__dict__["fields"]
    assert (told["mysfitId"], told["likes"], len(told["batch"]) > 10) == ("m", 2, True)


def test_a_refusal_that_does_not_pass_is_final() -> None:
    database = Database(refused("AccessDeniedException"))
    commit = Commit(database)
    assert (len(database.asked_at), commit.over_at) == (1, 0.0)
    assert "takes no likes now" in str(commit.heard["a"])
    assert commit.metrics.counted["CommitFailures"] == 2
