"""Medians, ratios round by round, and which criteria count as met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.closed_loop import Sample
from bench.h2load import Offered
from bench.judge import judge
from bench.measure import ALSO_BY_LIKES, JUDGED, Measured, Memory
from bench.open_loop import Steady
from bench.results import Results
from bench.workload import CLOSED, OPERATIONS
from bench.wrk import Load
from reporting.criteria import Criterion

RATES = {"gunicorn": 300, "ours": 2700, "kept": 2500, "inline": 1500, "split": 1200}


def offered(per_second: float, *, p50_ms: float = 10.0) -> Offered:
    return Offered(per_second=per_second, requests=int(per_second * 2), failed=0, p50_ms=p50_ms, p99_ms=90.0)


def sample(side: str, operation: str, *, rate: float) -> Sample:
    load = Load(requests=int(rate * 2), seconds=2.0, p50_ms=3.0, p99_ms=6.0, refused=0, broken=0)
    return Sample(side=side, operation=operation, clients=1, load=load, cpu_seconds=1.0, database_calls=10)


def measured(*, split_p50_ms: float = 12.0, alone: float = 350, **rates: float) -> Measured:
    """Three rounds in which the machine gets slower; every criterion is met unless the arguments say otherwise."""
    chosen = {**RATES, **rates}
    steady = [
        Steady(side=side, operation=operation, at_highest=offered(chosen[side] * speed), tried=())
        for speed in (1.0, 0.5, 0.4)
        for operation in OPERATIONS
        for side in (*JUDGED, *(ALSO_BY_LIKES if operation == "like" else ()))
    ]
    samples = [
        sample(side, operation, rate=rate * speed)
        for speed in (1.0, 0.5, 0.4)
        for side, rate in {"gunicorn": 300, "ours": alone, "split": 250}.items()
        for operation in CLOSED
    ]
    return Measured(
        steady=tuple(steady),
        side_by_side={"inline": offered(600, p50_ms=10.0), "split": offered(600, p50_ms=split_p50_ms)},
        samples=tuple(samples),
        resident_mb=dict.fromkeys(chosen, 70.0),
        long_load=tuple(Memory(requests=number * 1000, resident_mb=80.0) for number in range(1, 5)),
    )


def missed(found: Measured) -> list[str]:
    return [criterion.name for criterion in judge(Results(found)) if not criterion.met]


def criterion(found: Measured, part: str) -> Criterion:
    (one,) = [criterion for criterion in judge(Results(found)) if part in criterion.name]
    return one


def test_everything_met_is_shown_as_met() -> None:
    assert missed(measured()) == []


def test_each_operation_is_judged_by_the_highest_rate_of_flask() -> None:
    assert criterion(measured(), "Likes of one mysfit: highest").measured == "9.0x"
    assert missed(measured(ours=2000, kept=2000)) == [
        f"{operation.name}: highest rate by that of Flask" for operation in OPERATIONS.values()
    ]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"kept": 2000}, "each on disk"),
        ({"split": 800}, "Split likes: highest rate"),
        ({"split_p50_ms": 25.0}, "p50 by that of the inline like"),
        ({"alone": 270}, "List, one client"),
    ],
)
def test_a_value_beyond_its_limit_is_missed(change: dict[str, float], part: str) -> None:
    assert not criterion(measured(**change), part).met


def test_ratios_are_taken_within_a_round() -> None:
    results = Results(measured())
    assert results.highest_rate("ours", "like") == 1350
    assert results.times_highest("ours", "gunicorn", "like") == pytest.approx(9.0)
    assert results.ratio("ours", "gunicorn", "like", 1) == pytest.approx(350 / 300, rel=0.01)


def test_a_side_that_bore_no_rate_is_missed_and_not_divided_by() -> None:
    found = measured()
    none = tuple(replace(one, at_highest=None) if one.side == "gunicorn" else one for one in found.steady)
    assert len(missed(replace(found, steady=none))) == len(OPERATIONS)


def test_one_failed_request_of_ours_is_one_too_many_and_one_of_flask_is_shown_only() -> None:
    found = measured()
    broken = {
        side: tuple(
            replace(one, load=replace(one.load, refused=1)) if one.side == side else one for one in found.samples
        )
        for side in ("split", "gunicorn")
    }
    assert missed(replace(found, samples=broken["split"])) == ["Our requests that failed"]
    assert missed(replace(found, samples=broken["gunicorn"])) == []


def test_refused_requests_do_not_count_as_speed() -> None:
    load = Load(requests=1000, seconds=2.0, p50_ms=1.0, p99_ms=1.0, refused=400, broken=3)
    assert (load.per_second, load.failed) == (300.0, 403)


def test_memory_that_is_too_much_or_grows_is_missed() -> None:
    found = measured()
    large = tuple(replace(one, resident_mb=120.0) for one in found.long_load)
    assert [name.split(" after")[0] for name in missed(replace(found, long_load=large))] == ["Resident MB"]
    growing = tuple(replace(one, resident_mb=80.0 + 2 * number) for number, one in enumerate(found.long_load))
    assert missed(replace(found, long_load=growing)) == ["Growth of resident memory over the long load"]


def test_without_a_long_load_memory_is_not_judged() -> None:
    assert not [name for name in judge(Results(replace(measured(), long_load=()))) if "esident" in name.name]
