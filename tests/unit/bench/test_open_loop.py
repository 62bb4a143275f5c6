"""The search for the highest rate, on sides whose capacity is known."""

from __future__ import annotations

import math

import pytest

from bench.h2load import Offered, judge_log
from bench.open_loop import NARROW, Offer, Search, highest_rates, holds


def offered(per_second: float, *, p99_ms: float = 10.0, failed: int = 0) -> Offered:
    return Offered(per_second=per_second, requests=100, failed=failed, p50_ms=5.0, p99_ms=p99_ms)


def side(capacity: float, calls: list[float] | None = None) -> Offer:
    """A side that bears up to ``capacity`` requests a second."""

    def offer(per_second: float) -> Offered:
        if calls is not None:
            calls.append(per_second)
        return offered(per_second, p99_ms=10.0 if per_second <= capacity else 900.0)

    return offer


@pytest.mark.parametrize("guess", [300.0, 990.0, 1010.0, 2500.0])
def test_the_search_ends_just_below_what_a_side_bears(guess: float) -> None:
    (found,) = highest_rates({"ours": side(1000)}, operation="like", guesses={"ours": guess}, steps=8)
    assert 930 < found.per_second <= 1000


@pytest.mark.parametrize("known", [900.0, 980.0, 1090.0])
def test_a_search_that_begins_near_the_end_is_there_in_few_steps(known: float) -> None:
    offers = {"ours": side(1000)}
    (found,) = highest_rates(offers, operation="like", guesses={"ours": known}, steps=3, factor=NARROW)
    assert 940 < found.per_second <= 1000


def test_a_side_that_bears_nothing_has_no_rate() -> None:
    (found,) = highest_rates({"ours": side(0)}, operation="like", guesses={"ours": 100}, steps=4)
    assert (found.per_second, found.at_highest) == (0.0, None)


def test_sides_are_tried_in_turn() -> None:
    calls: list[float] = []
    offers = {"ours": side(10_000, calls), "gunicorn": side(10_000, calls)}
    highest_rates(offers, operation="like", guesses={"ours": 8.0, "gunicorn": 1.0}, steps=2)
    assert calls == pytest.approx([8.0, 1.0, 8.0 * 1.3, 1.3])


def test_a_rate_that_held_at_the_second_try_held() -> None:
    answers = [offered(100, p99_ms=500), offered(100), offered(130, failed=1), offered(130, failed=1)]
    (found,) = highest_rates({"ours": lambda _: answers.pop(0)}, operation="like", guesses={"ours": 100}, steps=2)
    assert found.per_second == 100
    assert len(found.tried) == 4


def test_a_rate_once_too_high_bounds_what_is_tried_next() -> None:
    search = Search(rate=100)
    search.note(held=True)
    search.note(held=False)
    assert search.rate == pytest.approx(math.sqrt(100 * 130))


def test_one_failure_or_a_slow_hundredth_does_not_hold() -> None:
    assert holds(offered(1, p99_ms=100.0))
    assert not holds(offered(1, p99_ms=100.1))
    assert not holds(offered(1, failed=1))


def test_the_log_has_latencies_in_milliseconds_and_lost_requests_took_for_ever() -> None:
    lines = [f"1\t200\t{number * 1000}" for number in range(1, 99)] + ["1\t503\t1", "1\t-1\t1"]
    found = judge_log(lines, per_second=50, requests=100)
    assert (found.failed, found.p50_ms, found.p99_ms) == (2, 51.0, math.inf)
    alone = judge_log(["1\t200\t7000"], per_second=5, requests=1)
    assert (alone.failed, alone.p50_ms, alone.p99_ms) == (0, 7.0, 7.0)
