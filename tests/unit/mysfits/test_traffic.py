from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise, takewhile
from typing import Any

import pytest

from mysfits.traffic import SEED, MysfitsTraffic, workload
from systems.workload import Visit, Workload

ITEMS: list[dict[str, Any]] = json.loads(SEED.read_text(encoding="utf-8"))
IDS = [item["MysfitId"] for item in ITEMS]
ID = IDS[0]
TRAFFIC: Workload = workload()


def first(number: int, *, seed: int = 1, rate: float = 100.0, mix: Mapping[str, int] | None = None) -> list[Visit]:
    return list(islice(TRAFFIC.visits(seed=seed, rate=rate, mix=mix or TRAFFIC.mix, run_id="run"), number))


def visit(kind: str, path: str = "/mysfits") -> Visit:
    return Visit(number=0, due_seconds=0.0, kind=kind, method="GET", path=path)


def test_the_same_seed_gives_the_same_visits_at_the_same_times() -> None:
    assert first(200) == first(200)
    assert first(200) != first(200, seed=2)


def test_visits_arrive_at_the_rate_on_average_and_not_evenly() -> None:
    endless = TRAFFIC.visits(seed=3, rate=50.0, mix=TRAFFIC.mix, run_id="run")
    within = list(takewhile(lambda visit: visit.due_seconds < 100, endless))
    assert len(within) == pytest.approx(5000, rel=0.05)
    gaps = [later.due_seconds - sooner.due_seconds for sooner, later in pairwise(within)]
    assert max(gaps) > 3 * min(gap for gap in gaps if gap > 0.01)


def test_each_kind_has_its_share() -> None:
    found = first(10_000)
    for kind, weight in TRAFFIC.mix.items():
        share = sum(visit.kind == kind for visit in found) / len(found)
        assert share == pytest.approx(weight / 100, abs=0.02)


def test_only_likes_have_keys_and_counters_and_no_two_keys_are_the_same() -> None:
    found = first(2_000)
    likes = [visit for visit in found if visit.kind == "like"]
    keys = {visit.headers["Idempotency-Key"] for visit in likes}
    assert len(keys) == len(likes) > 0
    assert all(visit.path == f"/mysfits/{visit.counts_as}/like" for visit in likes)
    assert not any(visit.headers or visit.counts_as for visit in found if visit.kind != "like")


def test_what_a_write_does_to_the_counters_is_known_without_its_visit() -> None:
    assert TRAFFIC.raises("POST", f"/mysfits/{ID}/like", b"") == {ID: 1}
    for method, path in (
        ("POST", f"/mysfits/{ID}/adopt"),
        ("POST", "/mysfits/nobody/like"),
        ("GET", f"/mysfits/{ID}/like"),
    ):
        assert not TRAFFIC.raises(method, path, b"")


def test_another_run_has_other_keys() -> None:
    (mine,) = islice(TRAFFIC.visits(seed=1, rate=1, mix={"like": 1}, run_id="other"), 1)
    assert mine.headers["Idempotency-Key"] == "other-0"


def test_every_mysfit_is_visited() -> None:
    assert {visit.counts_as for visit in first(2_000, mix={"like": 1})} == set(IDS)
    assert len(IDS) == 12


@pytest.mark.parametrize(
    ("kind", "request_line"),
    [
        ("list", "GET /mysfits"),
        ("filter", "GET /mysfits?filter="),
        ("profile", "GET /mysfits/"),
        ("like", "POST /mysfits/"),
        ("adopt", "POST /mysfits/"),
    ],
)
def test_request_of_each_kind(kind: str, request_line: str) -> None:
    for asked in first(50, mix={kind: 1}):
        assert f"{asked.method} {asked.path}".startswith(request_line)
        assert asked.method == "GET" or asked.path.endswith(f"/{kind}")


def listed(*ids: str) -> bytes:
    return json.dumps({"mysfits": [{"mysfitId": mysfit_id} for mysfit_id in ids]}).encode()


GOOD = "/mysfits?filter=GoodEvil&value=Good"


def test_right_answers_have_no_problem() -> None:
    good = [item["MysfitId"] for item in ITEMS if item["GoodEvil"] == "Good"]
    assert not TRAFFIC.problem(visit("list"), 200, listed(*IDS))
    assert not TRAFFIC.problem(visit("filter", GOOD), 200, listed(*good))
    profile = json.dumps({"mysfitId": ID, "likes": 0}).encode()
    assert not TRAFFIC.problem(visit("profile", f"/mysfits/{ID}"), 200, profile)
    assert not TRAFFIC.problem(visit("like"), 200, b'{"Update": "Success"}')


@pytest.mark.parametrize(
    ("asked", "status", "body", "problem"),
    [
        (visit("list"), 503, b"{}", "status 503"),
        (visit("list"), 200, b"<html>Welcome to nginx!</html>", "wrong answer"),
        (visit("list"), 200, listed(ID), "wrong answer"),
        (visit("filter", GOOD), 200, listed(*IDS), "wrong answer"),
        (visit("profile", f"/mysfits/{ID}"), 200, b'{"mysfitId": "another", "likes": 1}', "wrong answer"),
        (visit("profile", f"/mysfits/{ID}"), 200, b'{"mysfitId": "' + ID.encode() + b'"}', "wrong answer"),
        (visit("like"), 200, b"[]", "wrong answer"),
        (visit("adopt"), 404, b"", "status 404"),
    ],
)
def test_wrong_answers_are_problems_even_with_status_200(asked: Visit, status: int, body: bytes, problem: str) -> None:
    assert TRAFFIC.problem(asked, status, body) == problem


def test_the_counters_are_the_likes_of_each_mysfit() -> None:
    def read(table: str) -> Sequence[Mapping[str, Any]]:
        assert table == "mysfits"
        return [{"MysfitId": "m", "Likes": 7}, {"MysfitId": "n", "Likes": 0}]

    assert MysfitsTraffic(ITEMS).counters(read) == {"m": 7, "n": 0}
