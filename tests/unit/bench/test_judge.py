"""Medians, ratios round by round, and which criteria count as met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.judge import Results, judge
from bench.measure import Measured, Memory, Sample
from bench.options import CROWD, JUDGED_CALLS_AT
from bench.sides import OPERATIONS
from bench.wrk import Load
from reporting.criteria import Criterion

RATES = {"flask": 100, "gunicorn": 200, "ours": 2400, "kept": 2300, "ceiling": 4000, "inline": 1500, "split": 1200}


def sample(side: str, operation: str, clients: int, *, rate: float, p50_ms: float = 10.0, calls: int = 0) -> Sample:
    requests = int(rate * 2)
    load = Load(requests=requests, seconds=2.0, p50_ms=p50_ms, p99_ms=2 * p50_ms, refused=0, broken=0)
    return Sample(side=side, operation=operation, clients=clients, load=load, cpu_seconds=1.0, database_calls=calls)


def measured(**rates: float) -> Measured:
    """Three rounds in which the machine gets slower; every criterion is met unless ``rates`` say otherwise."""
    chosen = {**RATES, **rates}
    samples = [
        sample(side, operation, clients, rate=rate * speed, calls=int(rate * speed * 2 * 0.05))
        for clients in (JUDGED_CALLS_AT, CROWD)
        for speed in (1.0, 0.5, 0.4)
        for side, rate in chosen.items()
        for operation in OPERATIONS
        if operation == "like" or side in ("flask", "gunicorn", "ours")
    ]
    soak = tuple(Memory(requests=number * 1000, resident_mb=80.0) for number in range(1, 5))
    return Measured(samples=tuple(samples), resident_mb=dict.fromkeys(chosen, 70.0), soak=soak)


def missed(found: Measured) -> list[str]:
    return [criterion.name for criterion in judge(Results(found)) if not criterion.met]


def criterion(found: Measured, part: str) -> Criterion:
    (one,) = [criterion for criterion in judge(Results(found)) if part in criterion.name]
    return one


def test_everything_met_is_shown_as_met() -> None:
    assert missed(measured()) == []


def test_a_rate_is_judged_against_the_faster_server_of_flask() -> None:
    assert criterion(measured(), "Like, 128 clients: rate by that of Flask").measured == "12.0x"
    assert any("Like, 128 clients: rate" in name for name in missed(measured(gunicorn=300)))


@pytest.mark.parametrize(
    ("rates", "part"),
    [
        ({"ceiling": 5000}, "empty handler"),
        ({"kept": 2000}, "every like on disk"),
        ({"split": 800}, "Split like, 128 clients: share"),
        ({"flask": 300, "gunicorn": 300}, "List"),
    ],
)
def test_a_value_below_its_limit_is_missed(rates: dict[str, float], part: str) -> None:
    assert not criterion(measured(**rates), part).met


def test_ratios_are_taken_within_a_round() -> None:
    results = Results(measured())
    assert results.rate("ours", "like", CROWD) == 1200
    assert results.ratios("ours", "flask", "like", CROWD) == [24.0, 24.0, 24.0]


def test_one_failed_request_of_ours_is_one_too_many_and_one_of_flask_is_told_only() -> None:
    found = measured()
    broken = {
        side: tuple(
            replace(one, load=replace(one.load, refused=1)) if one.side == side else one for one in found.samples
        )
        for side in ("split", "flask")
    }
    assert missed(replace(found, samples=broken["split"])) == ["Our requests that failed"]
    assert missed(replace(found, samples=broken["flask"])) == []


def test_refused_requests_do_not_count_as_speed() -> None:
    load = Load(requests=1000, seconds=2.0, p50_ms=1.0, p99_ms=1.0, refused=400, broken=3)
    assert (load.per_second, load.failed) == (300.0, 403)


def test_memory_that_is_too_much_or_grows_is_missed() -> None:
    found = measured()
    large = tuple(replace(one, resident_mb=120.0) for one in found.soak)
    assert [name.split(" after")[0] for name in missed(replace(found, soak=large))] == ["Resident MB"]
    growing = tuple(replace(one, resident_mb=80.0 + 2 * number) for number, one in enumerate(found.soak))
    assert missed(replace(found, soak=growing)) == ["Growth of resident memory over the long load"]


def test_without_a_long_load_memory_is_not_judged() -> None:
    assert not [name for name in judge(Results(replace(measured(), soak=()))) if "esident" in name.name]
