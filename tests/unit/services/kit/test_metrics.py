from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from services.kit.group_commit import GroupCommit, GroupLimits
from services.kit.logs import JsonLineHandler
from services.kit.metrics import COUNTS, MEASURES
from services.mysfits.api import MYSFITS_API
from services.mysfits.like_batch import Tables
from services.mysfits.like_commits import CommitTimes, LikeCommits
from services.mysfits.mysfits import StoreUnavailableError
from tests.unit.services.faulty_dynamodb import Fault, FaultyDynamoDb
from tests.unit.services.memory_store import MemoryStore, mysfit
from tests.unit.services.monolith.app_in_test import app_with
from tests.unit.services.mysfit_metrics import mysfit_metrics

ALL_COUNTS = {**COUNTS, **MYSFITS_API.counts}
UNITS = {**MEASURES, **MYSFITS_API.measures}


@pytest.fixture
def stdout() -> Iterator[io.StringIO]:
    """What the service writes."""
    stream = io.StringIO()
    handler = JsonLineHandler(stream, "tested")
    logger = logging.getLogger("services.kit.metrics")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield stream
    logger.removeHandler(handler)
    logger.setLevel("NOTSET")


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines so far, with the metrics that CloudWatch would make of each."""
    for handler in logging.getLogger("services.kit.metrics").handlers:
        handler.flush()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Mysfits", [["service"]])
        assert line["service"] == "tested"
        for metric in directive["Metrics"]:
            value = line[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            assert 1 <= len(values) <= 100
            assert all(isinstance(one, int | float) for one in values)
            assert metric["Unit"] == UNITS.get(metric["Name"], ("Count",))[0]
        assert isinstance(line["_aws"]["Timestamp"], int)
    return lines


def test_what_happened_is_told_once_and_nothing_when_nothing_did(stdout: io.StringIO) -> None:
    metrics = mysfit_metrics()
    metrics.flush()
    metrics.count("LikesStored", 7)
    metrics.measure("CommitSize", 7)
    metrics.flush()
    metrics.flush()
    (line,) = told(stdout)
    assert {name: line[name] for name in (*ALL_COUNTS, *UNITS) if name in line} == {"LikesStored": 7, "CommitSize": [7]}


def test_of_many_values_a_fair_sample_is_told(stdout: io.StringIO) -> None:
    metrics = mysfit_metrics()
    for value in range(10_000):
        metrics.measure("RequestMs", value)
    metrics.flush()
    (line,) = told(stdout)
    assert len(line["RequestMs"]) == 100
    assert 3_000 < sum(line["RequestMs"]) / 100 < 7_000  # 7 standard deviations


async def test_requests_and_their_errors_are_counted_and_probes_are_not(stdout: io.StringIO) -> None:
    store = MemoryStore(mysfit("a"))
    async with app_with(store).test_app() as running:
        client = running.test_client()
        await client.get("/")
        await client.get("/mysfits")
        await client.get("/mysfits/nobody")
        store.available = False
        await client.get("/mysfits/a")
    (line,) = told(stdout)
    assert (line["Requests"], line["ClientErrors"], line["ServerErrors"]) == (3, 1, 1)
    assert len(line["RequestMs"]) == 3


async def test_commits_are_told_with_their_repeats_and_failures(stdout: io.StringIO) -> None:
    metrics = mysfit_metrics()
    database = FaultyDynamoDb("a", honours_tokens=False)
    times = CommitTimes(first_pause=0, longest_pause=0)
    tables = Tables(mysfits="mysfits", ledger="ledger")
    commits = LikeCommits(client=database, tables=tables, metrics=metrics, times=times, clock=database.clock)
    likes = GroupCommit(commit=commits.commit, limits=GroupLimits(most_in_group=99), unavailable=StoreUnavailableError)
    database.faults.extend([Fault.THROTTLED, Fault.REPLY_LOST])
    await likes.add("a", "one")
    await likes.add("a", "two")
    database.faults.append(Fault.REFUSED)
    with pytest.raises(Exception, match="takes no likes"):
        await likes.add("a", "three")
    metrics.flush()
    (line,) = told(stdout)
    assert {name: line[name] for name in ALL_COUNTS if name in line} == {
        "LikesStored": 2,
        "LikesKnown": 1,
        "Commits": 3,
        "CommitRepeats": 2,
        "CommitFailures": 1,
    }
    assert (line["CommitSize"], len(line["CommitMs"])) == ([1, 1, 1], 3)
