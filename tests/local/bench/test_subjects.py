"""What the benchmark compares: all sides run, say the same, and their calls are counted."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
import requests

from bench.h2load import H2Load
from bench.sides import Subjects, running_subjects
from bench.workload import OPERATIONS, Operation


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subjects]:
    """Every side, running; none of their processes is left afterwards."""
    with running_subjects(tmp_path_factory.mktemp("bench")) as running:
        yield running
        processes = [process for side in running.sides.values() for process in side.processes]
    assert not [process for process in processes if psutil.pid_exists(process.pid)]


def ask(subjects: Subjects, side: str, operation: str) -> requests.Response:
    asked = OPERATIONS[operation]
    return requests.request(asked.method, subjects.sides[side].url + asked.paths[0], timeout=10)


@pytest.mark.parametrize("operation", ["list", "profile"])
def test_flask_and_our_monolith_give_the_same_answer(subjects: Subjects, operation: str) -> None:
    answers = [ask(subjects, side, operation) for side in ("gunicorn", "ours")]
    assert [answer.status_code for answer in answers] == [200] * 2
    texts = [sorted(str(answer.json()["mysfits"])) if operation == "list" else answer.json() for answer in answers]
    assert texts[0] == texts[1]


def test_every_side_takes_likes_and_all_but_the_empty_handler_count_them(subjects: Subjects) -> None:
    def likes(side: str) -> int:
        """In the database of that side: one has its own, which keeps its items on disk."""
        return int(ask(subjects, side if side == "kept" else "ours", "profile").json()["likes"])

    for side in subjects.sides:
        before, calls = likes(side), subjects.database.calls()
        answer = ask(subjects, side, "like")
        called = subjects.database.calls() - calls
        counted = 0 if side == "empty" else 1
        assert (answer.status_code, answer.json()) == (200, {"Update": "Success"}), side
        assert (likes(side) - before, called) == (counted, counted), side


def test_the_split_side_goes_through_the_like_service_and_the_inline_side_does_not(subjects: Subjects) -> None:
    inline, split = (ask(subjects, side, "like").headers for side in ("inline", "split"))
    assert (inline["X-Served-By"], inline.get("X-Fulfilled-By")) == ("monolith", None)
    assert (split["X-Served-By"], split["X-Fulfilled-By"]) == ("like", "monolith")


def test_processor_time_and_memory_are_those_of_the_sides_processes(subjects: Subjects) -> None:
    side = subjects.sides["gunicorn"]
    before = side.cpu_seconds()
    for _ in range(20):
        ask(subjects, "gunicorn", "list")
    assert 0 < side.cpu_seconds() - before < 5
    assert side.resident_mb() > 20


def test_the_open_loop_sends_what_it_is_asked_to_and_every_like_is_counted(subjects: Subjects) -> None:
    ours = subjects.sides["ours"]

    def likes() -> int:
        return sum(requests.get(ours.url + path, timeout=5).json()["likes"] for path in OPERATIONS["profiles"].paths)

    before = likes()
    offered = H2Load().offer(OPERATIONS["likes"], ours.url, per_second=60, seconds=1)
    assert (offered.per_second, offered.requests, offered.failed) == (60, 60, 0)
    assert 0 < offered.p50_ms <= offered.p99_ms
    assert likes() - before == 60


def test_the_open_loop_sees_what_is_refused(subjects: Subjects) -> None:
    unknown = Operation(name="unknown", method="GET", paths=("/mysfits/none",))
    assert H2Load().offer(unknown, subjects.sides["ours"].url, per_second=10, seconds=1).failed == 10
