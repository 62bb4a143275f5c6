"""Both sides are asked in rounds; only what differs in all of them is believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cli.comparing import rounds
from cli.comparing.exchange import Answer, Request
from cli.comparing.fields import matcher, name_of
from cli.comparing.rounds import Comparer, Comparison
from cli.comparing.selection import Asked
from systems.rules import Side

READ = Asked(request=Request(method="GET", path="/stock"), recorded_status=200)
WRITE = Asked(request=Request(method="POST", path="/orders", body=b"{}"), recorded_status=201)
Answers = Callable[[Side, int], Any]
"""The document that a side answers when it is asked for the nth time, from 0; an Answer is given as it is."""


class Sides:
    """Answers by ``answers``, and keeps who was asked with which key."""

    def __init__(self, answers: Answers) -> None:
        self.asked: list[tuple[str, Side, str]] = []
        self._answers = answers
        self._lock = threading.Lock()

    def __call__(self, request: Request, side: Side, *, key: str) -> Answer:
        with self._lock:
            number = sum(one[1] == side for one in self.asked)
            self.asked.append((str(request), side, key))
        found = self._answers(side, number)
        if isinstance(found, Answer):
            return found
        return Answer(status=200, content_type="application/json", body=json.dumps(found).encode())


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def compare(
    answers: Answers, *asked: Asked, has_key: bool = True, ignore: tuple[str, ...] = ()
) -> tuple[Comparison, Sides]:
    sides, clock = Sides(answers), Clock()
    key_of = (lambda request: f"key of {request}") if has_key else None
    comparer = Comparer(sides, key_of=key_of, may_differ=matcher(ignore), clock=clock, sleep=clock.sleep)
    return comparer.compare(asked or (READ,)), sides


def names(comparison: Comparison) -> list[str]:
    return [name_of(one.path) for outcome in comparison.outcomes for one in outcome.differences]


def test_the_same_answers_are_asked_for_once_old_new_and_old_again() -> None:
    found, sides = compare(lambda _side, _number: {"stock": 3})
    assert [side for _, side, _ in sides.asked] == ["old", "new", "old"]
    assert not found.different
    assert not found.outcomes[0].moves


def test_a_wrong_field_is_believed_after_three_rounds() -> None:
    found, sides = compare(lambda side, _: {"stock": 3, "price": 13 if side == "new" else 12})
    assert names(found) == ["body.price"]
    assert len(sides.asked) == 9
    assert found.different == found.outcomes


def test_a_counter_that_moves_is_noise() -> None:
    found, _ = compare(lambda side, number: {"sold": 10 * number + (5 if side == "new" else 0)})
    assert not found.different
    assert [name_of(path) for path in found.outcomes[0].moves] == ["body.sold"]


def test_a_stale_answer_now_and_then_is_no_difference() -> None:
    found, sides = compare(lambda side, number: {"sold": 4 if side == "new" and number == 0 else 5})
    assert not found.different
    assert found.outcomes[0].unsteady
    assert len(sides.asked) == 6


def test_a_missing_counter_is_a_difference_even_if_it_moves_in_some_round() -> None:
    found, _ = compare(lambda side, number: {} if side == "new" else {"sold": min(number, 1)})
    assert names(found) == ["body.sold"]


def test_errors_and_silence_in_turn_are_one_difference() -> None:
    bad = [Answer(status=500), Answer(problem="none within 5 s"), Answer(status=502)]
    found, _ = compare(lambda side, number: bad[number] if side == "new" else {"stock": 3})
    assert "status" in names(found)


@pytest.mark.parametrize("problem", ["none within 5 s", "none: no connection"])
def test_a_new_side_that_does_not_answer_differs(problem: str) -> None:
    found, _ = compare(lambda side, _: Answer(problem=problem) if side == "new" else {"stock": 3})
    assert names(found) == ["answer"]


def test_a_path_that_neither_side_serves_is_no_difference() -> None:
    found, _ = compare(lambda _side, _number: Answer(status=404, content_type="text/plain", body=b"no"))
    assert not found.different


def test_fields_that_may_differ_are_counted_and_not_believed() -> None:
    found, _ = compare(lambda side, _: {"trace": side, "at": side}, ignore=("body.trace", "body.at"))
    assert not found.different
    assert found.outcomes[0].ignored == 2


def test_a_write_has_one_key_for_both_sides_and_the_old_one_does_it() -> None:
    found, sides = compare(lambda _side, _number: Answer(status=201), WRITE)
    assert sides.asked == [("POST /orders", side, "key of POST /orders") for side in ("old", "new", "old")]
    (write,) = found.writes
    assert (write.key, write.method, write.path, write.body) == ("key of POST /orders", "POST", "/orders", "{}")
    assert write.acknowledged


def test_a_write_that_is_refused_is_not_acknowledged_and_a_read_is_no_write() -> None:
    found, _ = compare(lambda _side, _number: Answer(status=409), WRITE, READ)
    assert [write.acknowledged for write in found.writes] == [False]


def test_the_first_answer_to_a_write_may_be_another_than_that_to_its_repetition() -> None:
    def answers(side: Side, number: int) -> Answer:
        return Answer(status=201 if (side, number) == ("old", 0) else 200)

    found, _ = compare(answers, WRITE)
    assert not found.different


def test_writes_are_left_out_where_the_system_knows_no_repetition() -> None:
    found, sides = compare(lambda _side, _number: {}, WRITE, READ, has_key=False)
    assert found.unsent == (WRITE,)
    assert {request for request, _, _ in sides.asked} == {"GET /stock"}
    assert not found.writes


def test_what_there_is_no_time_for_is_left_out_and_said() -> None:
    clock = Clock()

    def ask(_request: Request, _side: Side, *, key: str) -> Answer:
        assert not key
        clock.now += rounds.LIMIT_SECONDS
        return Answer(status=200)

    told: list[int] = []
    comparer = Comparer(ask, key_of=None, may_differ=matcher([]), clock=clock, sleep=clock.sleep)
    many = [Asked(request=Request(method="GET", path=f"/{number}")) for number in range(20)]
    found = comparer.compare(many, done=told.append)
    assert 0 < len(found.outcomes) <= rounds.WORKERS
    assert len(found.outcomes) + len(found.late) == 20
    assert told[-1] == len(found.outcomes)


def test_no_more_requests_are_under_way_than_visitors_would_notice() -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(rounds.WORKERS)

    def ask(_request: Request, _side: Side, *, key: str) -> Answer:
        nonlocal under_way, most
        assert not key
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait(10)
        with lock:
            under_way -= 1
        return Answer(status=200)

    asked = [Asked(request=Request(method="GET", path=f"/{number}")) for number in range(2 * rounds.WORKERS)]
    Comparer(ask, key_of=None, may_differ=matcher([])).compare(asked)
    assert most == rounds.WORKERS


def test_what_goes_wrong_while_asking_ends_it() -> None:
    def ask(_request: Request, _side: Side, *, key: str) -> Answer:
        raise ZeroDivisionError(key)

    with pytest.raises(ZeroDivisionError):
        Comparer(ask, key_of=None, may_differ=matcher([])).compare([READ])
