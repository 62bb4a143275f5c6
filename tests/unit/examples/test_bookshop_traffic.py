"""What visitors of the bookshop do."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from examples.bookshop.traffic import workload
from systems.workload import Visit


def _visits(count: int, run_id: str = "run") -> list[Visit]:
    traffic = workload()
    return list(itertools.islice(traffic.visits(seed=1, rate=50.0, mix=traffic.mix, run_id=run_id), count))


def test_every_kind_is_visited_and_the_same_seed_is_the_same_visits() -> None:
    visits = _visits(500)
    assert {visit.kind for visit in visits} == set(workload().mix)
    assert visits == _visits(500)


def test_orders_have_a_key_of_their_own_and_count_for_their_book() -> None:
    orders = [visit for visit in _visits(500) if visit.kind == "order"]
    assert len({visit.headers["Idempotency-Key"] for visit in orders}) == len(orders)
    assert all(json.loads(visit.body)["isbn"] == visit.counts_as for visit in orders)
    others = [visit for visit in _visits(500, "other") if visit.kind == "order"]
    assert {visit.headers["Idempotency-Key"] for visit in orders}.isdisjoint(
        visit.headers["Idempotency-Key"] for visit in others
    )


def test_what_a_write_does_to_the_counters_is_known_without_its_visit() -> None:
    raises = workload().raises
    assert raises("POST", "/orders", b'{"customer": "ada", "isbn": "1", "copies": 3}') == {"1": 3}
    assert not raises("POST", "/orders", b'{"isbn": "1"}')
    assert not raises("POST", "/orders", b"nonsense")
    assert not raises("POST", "/books", b'{"isbn": "1", "copies": 3}')


def _visit(kind: str) -> Visit:
    return next(visit for visit in _visits(500) if visit.kind == kind)


@pytest.mark.parametrize("kind", sorted(workload().mix))
def test_a_placeholders_page_is_no_answer(kind: str) -> None:
    assert workload().problem(_visit(kind), 200, b"<h1>Welcome to nginx!</h1>")
    assert workload().problem(_visit(kind), 503, b"{}") == "status 503"


def test_a_right_answer_is_no_problem() -> None:
    order = _visit("order")
    placed: dict[str, Any] = {**json.loads(order.body), "orderId": "x"}
    assert workload().problem(order, 201, json.dumps(placed).encode()) == ""
    assert workload().problem(order, 201, json.dumps({**placed, "copies": 2}).encode()) == "wrong answer"
    book = _visit("book")
    assert workload().problem(book, 200, json.dumps({"isbn": book.path.rpartition("/")[2]}).encode()) == ""


def test_counters_are_the_copies_sold() -> None:
    tables = {"books": [{"Isbn": "1", "Sold": 4}, {"Isbn": "2", "Sold": 0}]}
    assert workload().counters(tables.__getitem__) == {"1": 4, "2": 0}
