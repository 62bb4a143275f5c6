from __future__ import annotations

import json
from itertools import islice, pairwise, takewhile

import pytest

from cli.seed import mysfits
from rehearse.traffic import DEFAULT_MIX, KINDS, Expectation, Mysfit, Visit, visits

MYSFITS = tuple(Mysfit.of(item) for item in mysfits())
ID = MYSFITS[0].id


def first(number: int, *, seed: int = 1, rate: float = 100.0, mix: dict[str, int] | None = None) -> list[Visit]:
    endless = visits(seed=seed, rate=rate, mix=mix or DEFAULT_MIX, mysfits=MYSFITS, run_id="run")
    return list(islice(endless, number))


def visit(kind: str, subject: str = "") -> Visit:
    return Visit(number=0, due_seconds=0.0, kind=kind, subject=subject, key="")


def test_the_same_seed_gives_the_same_visits_at_the_same_times() -> None:
    assert first(200) == first(200)
    assert first(200) != first(200, seed=2)


def test_visits_arrive_at_the_rate_on_average_and_not_evenly() -> None:
    endless = visits(seed=3, rate=50.0, mix=DEFAULT_MIX, mysfits=MYSFITS, run_id="run")
    within = list(takewhile(lambda visit: visit.due_seconds < 100, endless))
    assert len(within) == pytest.approx(5000, rel=0.05)
    gaps = [later.due_seconds - sooner.due_seconds for sooner, later in pairwise(within)]
    assert max(gaps) > 3 * min(gap for gap in gaps if gap > 0.01)


def test_each_kind_has_its_share() -> None:
    found = first(10_000)
    for kind in KINDS:
        share = sum(visit.kind == kind for visit in found) / len(found)
        assert share == pytest.approx(DEFAULT_MIX[kind] / 100, abs=0.02)


def test_only_likes_have_keys_and_no_two_the_same() -> None:
    found = first(2_000)
    keys = [visit.key for visit in found if visit.kind == "like"]
    assert len(set(keys)) == len(keys) > 0
    assert not any(visit.key for visit in found if visit.kind != "like")


def test_every_mysfit_is_visited() -> None:
    found = first(2_000, mix={"like": 1})
    assert {visit.subject for visit in found} == {mysfit.id for mysfit in MYSFITS}
    assert len(MYSFITS) == 12


@pytest.mark.parametrize(
    ("kind", "subject", "request_line"),
    [
        ("list", "", "GET /mysfits"),
        ("filter", "GoodEvil=Good", "GET /mysfits?filter=GoodEvil&value=Good"),
        ("profile", "a", "GET /mysfits/a"),
        ("like", "a", "POST /mysfits/a/like"),
        ("adopt", "a", "POST /mysfits/a/adopt"),
    ],
)
def test_request_of_each_kind(kind: str, subject: str, request_line: str) -> None:
    asked = visit(kind, subject)
    assert f"{asked.method} {asked.path}" == request_line


def listed(*ids: str) -> bytes:
    return json.dumps({"mysfits": [{"mysfitId": mysfit_id} for mysfit_id in ids]}).encode()


def test_right_answers_have_no_problem() -> None:
    expectation = Expectation(MYSFITS)
    good = [mysfit.id for mysfit in MYSFITS if mysfit.traits["GoodEvil"] == "Good"]
    assert not expectation.problem(visit("list"), 200, listed(*(mysfit.id for mysfit in MYSFITS)))
    assert not expectation.problem(visit("filter", "GoodEvil=Good"), 200, listed(*good))
    assert not expectation.problem(visit("profile", ID), 200, json.dumps({"mysfitId": ID, "likes": 0}).encode())
    assert not expectation.problem(visit("like", ID), 200, b'{"Update": "Success"}')


@pytest.mark.parametrize(
    ("asked", "status", "body", "problem"),
    [
        (visit("list"), 503, b"{}", "status 503"),
        (visit("list"), 200, b"<html>Welcome to nginx!</html>", "wrong answer"),
        (visit("list"), 200, listed(ID), "wrong answer"),
        (visit("filter", "GoodEvil=Good"), 200, listed(*(mysfit.id for mysfit in MYSFITS)), "wrong answer"),
        (visit("profile", ID), 200, b'{"mysfitId": "another", "likes": 1}', "wrong answer"),
        (visit("profile", ID), 200, b'{"mysfitId": "' + ID.encode() + b'"}', "wrong answer"),
        (visit("like", ID), 200, b"[]", "wrong answer"),
        (visit("adopt", ID), 404, b"", "status 404"),
    ],
)
def test_wrong_answers_are_problems_even_with_status_200(asked: Visit, status: int, body: bytes, problem: str) -> None:
    assert Expectation(MYSFITS).problem(asked, status, body) == problem
