"""What the benchmark compares: all sides run, say the same, and their calls are counted."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
import requests

from bench.sides import OPERATIONS, Field, running_field


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Every side, running; none of their processes is left afterwards."""
    with running_field(tmp_path_factory.mktemp("bench")) as running:
        yield running
        processes = [process for side in running.sides.values() for process in side.processes]
    assert not [process for process in processes if psutil.pid_exists(process.pid)]


def ask(field: Field, side: str, operation: str) -> requests.Response:
    method, path = OPERATIONS[operation]
    return requests.request(method, field.sides[side].url + path, timeout=10)


@pytest.mark.parametrize("operation", ["list", "profile"])
def test_flask_and_our_monolith_give_the_same_answer(field: Field, operation: str) -> None:
    answers = [ask(field, side, operation) for side in ("flask", "gunicorn", "ours")]
    assert [answer.status_code for answer in answers] == [200] * 3
    texts = [sorted(str(answer.json()["mysfits"])) if operation == "list" else answer.json() for answer in answers]
    assert texts[0] == texts[1] == texts[2]


def test_every_side_takes_likes_and_all_but_the_empty_handler_count_them(field: Field) -> None:
    def likes(side: str) -> int:
        """In the database of that side: one has its own, which keeps its items on disk."""
        return int(ask(field, side if side == "kept" else "ours", "profile").json()["likes"])

    for side in field.sides:
        before, calls = likes(side), field.database.calls()
        answer = ask(field, side, "like")
        called = field.database.calls() - calls
        counted = 0 if side == "ceiling" else 1
        assert (answer.status_code, answer.json()) == (200, {"Update": "Success"}), side
        assert (likes(side) - before, called) == (counted, counted), side


def test_the_split_side_goes_through_the_like_service_and_the_inline_side_does_not(field: Field) -> None:
    inline, split = (ask(field, side, "like").headers for side in ("inline", "split"))
    assert (inline["X-Served-By"], inline.get("X-Fulfilled-By")) == ("monolith", None)
    assert (split["X-Served-By"], split["X-Fulfilled-By"]) == ("like", "monolith")


def test_processor_time_and_memory_are_those_of_the_sides_processes(field: Field) -> None:
    side = field.sides["gunicorn"]
    before = side.cpu_seconds()
    for _ in range(20):
        ask(field, "gunicorn", "list")
    assert 0 < side.cpu_seconds() - before < 5
    assert side.resident_mb() > 20
