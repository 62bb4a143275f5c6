from __future__ import annotations

import math

import pytest

from cli.events import SentWrite
from rehearse import summary
from rehearse.summary import Writes
from tests.unit.rehearse.stories import record

RECORDS = [
    record(0),
    record(1, outcomes=["answered", "ok"]),
    record(2, kind="like", counts_as="m", outcomes=["refused", "timeout", "answered"]),
    record(3, kind="like", counts_as="m"),
]


def test_every_request_is_in_exactly_one_count() -> None:
    totals = summary.total(RECORDS)
    assert (totals.visits, totals.done, totals.failed) == (4, 3, 1)
    assert (totals.requests, totals.repeated) == (7, 3)
    assert totals.by_status == {200: 3, 503: 2}
    assert (totals.answered, totals.refused, totals.timed_out) == (5, 1, 1)
    assert totals.answered + totals.refused + totals.timed_out == totals.requests


def test_a_wrong_body_with_status_200_is_counted_apart() -> None:
    answered = record(0, outcomes=["answered"])
    wrong = type(answered.attempts[0])(sent=0, done=1, status=200, outcome="answered", problem="wrong answer")
    totals = summary.total([type(answered)(**{**vars(answered), "attempts": (wrong,)})])
    assert (totals.wrong, totals.failed, totals.by_status) == (1, 1, {200: 1})


def test_nothing_adds_up_to_nothing() -> None:
    totals = summary.total([])
    assert (totals.visits, totals.requests, totals.answered) == (0, 0, 0)
    assert math.isnan(totals.p99_seconds)
    assert summary.timeline([]) == []


def test_latency_counts_from_when_a_visit_was_due_over_all_its_attempts() -> None:
    assert RECORDS[2].latency_seconds == pytest.approx(0.3)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (0.5, 1)])
def test_percentile_is_the_nearest_rank(percent: float, value: int) -> None:
    assert summary.percentile(list(range(1, 101)), percent) == value


def test_the_course_has_every_second_even_one_in_which_nothing_happened() -> None:
    seconds = summary.timeline([record(0), record(3, outcomes=["refused"])])
    assert [second.start for second in seconds] == [0, 1, 2, 3]
    assert [second.arrived for second in seconds] == [1, 0, 0, 1]
    assert [second.done for second in seconds] == [1, 0, 0, 0]
    assert [(second.failed, second.bad_requests) for second in seconds] == [(0, 0), (0, 0), (0, 0), (1, 1)]


def test_a_visit_is_one_write_however_often_it_was_sent() -> None:
    found = summary.writes(RECORDS, before={"m": 10, "n": 5}, after={"m": 12, "n": 5})
    assert found == {
        "m": Writes(acknowledged=1, attempted=2, counted=2),
        "n": Writes(acknowledged=0, attempted=0, counted=0),
    }
    assert summary.all_writes(found) == Writes(acknowledged=1, attempted=2, counted=2)


@pytest.mark.parametrize(
    ("acknowledged", "counted", "attempted", "exact", "within"),
    [(5, 5, 5, True, True), (4, 5, 5, False, True), (5, 4, 5, False, False), (4, 6, 5, False, False)],
)
def test_a_write_is_lost_below_and_counted_twice_above_the_bounds(
    acknowledged: int, counted: int, attempted: int, exact: bool, within: bool
) -> None:
    part = Writes(acknowledged=acknowledged, counted=counted, attempted=attempted)
    assert (part.exact, part.within_bounds) == (exact, within)


def order(key: str, *, acknowledged: bool = True, body: str = "2") -> SentWrite:
    return SentWrite(key=key, method="POST", path="/orders", body=body, acknowledged=acknowledged)


def raises(method: str, path: str, body: bytes) -> dict[str, int]:
    assert (method, path) == ("POST", "/orders")
    return {"m": int(body)} if body else {}


def test_what_the_walk_wrote_itself_is_one_write_for_each_key() -> None:
    sent = [order("1", acknowledged=False), order("2"), order("1"), order("2"), order("3", body=""), order("known")]
    compared = summary.rises(sent, raises, before=[order("known")])
    assert [(one.count, one.acknowledged) for one in compared] == [(2, True), (2, True)]
    found = summary.writes(RECORDS, before={"m": 10}, after={"m": 15}, compared=compared)
    assert found == {"m": Writes(acknowledged=5, attempted=6, counted=5)}


def test_what_was_not_acknowledged_may_count_or_not() -> None:
    compared = summary.rises([order("1", acknowledged=False)], raises, before=[])
    found = summary.writes([], before={"m": 1}, after={"m": 3}, compared=compared)
    assert found == {"m": Writes(acknowledged=0, attempted=2, counted=2)}


def test_lag_is_what_the_load_process_itself_was_late_by() -> None:
    late = record(0)
    attempts = tuple(type(one)(**{**vars(one), "sent": one.sent + 0.05}) for one in late.attempts)
    assert summary.lag_seconds([type(late)(**{**vars(late), "attempts": attempts})]) == [0.05]
