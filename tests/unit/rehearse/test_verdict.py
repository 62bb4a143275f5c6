from __future__ import annotations

from dataclasses import replace

import pytest

from rehearse.hops import Hop
from rehearse.records import EndCounts, Record
from rehearse.summary import Writes
from rehearse.task_killer import Kill
from reporting.criteria import Criterion
from tests.unit.rehearse.stories import attempt, hops, judged, options, record

ENOUGH = [record(number) for number in range(10)]
WRITES, FAILED, ACCOUNTED = "Writes", "Visits that failed", "Requests accounted for"
SLOWEST_SECOND, P99 = "Slowest second, by its p50", "p99 of all visits"
RECOVERY = "All tasks in service again after kill -9"


def missed(criteria: dict[str, Criterion]) -> set[str]:
    return {name for name, criterion in criteria.items() if not criterion.met}


def test_a_walk_as_it_should_be_meets_every_criterion() -> None:
    assert not missed(judged(options(), ENOUGH))


def test_too_few_requests_are_missed() -> None:
    assert missed(judged(options(min_requests=11), ENOUGH)) == {"Requests over the walk"}


@pytest.mark.parametrize("outcome", ["answered", "refused", "timeout"])
def test_one_failed_visit_of_many_is_missed(outcome: str) -> None:
    criteria = judged(options(), [*ENOUGH, record(10, outcomes=[outcome])])  # type: ignore[list-item]
    assert missed(criteria) == {FAILED}
    assert criteria[FAILED].measured == f"1 of 11; 1 list: made up: {outcome}"


def test_what_failed_most_is_named_first() -> None:
    likes = [record(number, kind="like", outcomes=["timeout"]) for number in (11, 12)]
    criteria = judged(options(), [*ENOUGH, record(10, outcomes=["refused"]), *likes])
    assert criteria[FAILED].measured == "3 of 13; 2 like: made up: timeout, 1 list: made up: refused"


def test_a_request_that_was_repeated_with_success_is_no_failure() -> None:
    patient = options(p50_limit_seconds=1, p99_limit_seconds=1)
    assert not missed(judged(patient, [*ENOUGH, record(10, outcomes=["refused", "answered", "ok"])]))


def test_a_load_process_that_ended_in_disorder_is_missed() -> None:
    assert missed(judged(options(), ENOUGH, end=None)) == {ACCOUNTED}


def test_a_load_generator_that_counted_otherwise_is_missed() -> None:
    assert missed(judged(options(), ENOUGH, end=EndCounts(requests=11, failures=0))) == {ACCOUNTED}


def test_no_load_at_all_meets_nothing() -> None:
    names = missed(judged(options(min_requests=0), [], end=None, writes={}))
    assert {FAILED, ACCOUNTED, WRITES} <= names


@pytest.mark.parametrize(
    ("acknowledged", "counted", "attempted", "plain", "faulty"),
    [
        (9, 9, 9, True, True),
        (9, 8, 9, False, False),
        (8, 9, 9, False, True),
        (8, 10, 9, False, False),
    ],
)
def test_writes_are_exact_without_faults_and_bounded_with_faults(
    acknowledged: int, counted: int, attempted: int, plain: bool, faulty: bool
) -> None:
    writes = {"m": Writes(acknowledged=acknowledged, counted=counted, attempted=attempted)}
    assert judged(options(), ENOUGH, writes=writes)[WRITES].met is plain
    assert judged(options(faults=("drop",)), ENOUGH, writes=writes)[WRITES].met is faulty


def test_a_lost_write_is_not_made_up_for_by_one_counted_twice_elsewhere() -> None:
    writes = {
        "lost": Writes(acknowledged=5, counted=4, attempted=5),
        "twice": Writes(acknowledged=5, counted=6, attempted=5),
    }
    criterion = judged(options(), ENOUGH, writes=writes)[WRITES]
    assert not criterion.met
    assert "lost, twice" in criterion.measured


def test_a_slow_hop_is_missed_and_named_but_the_first_deploy_may_take_its_time() -> None:
    walked = hops(seconds=31.0)
    criteria = judged(options(), ENOUGH, walked=walked)
    assert criteria["Slowest hop, without its canary"].measured.startswith("31.0 s, placeholder → monolith")
    assert missed(criteria) == {"Slowest hop, without its canary"}
    first_only = (walked[0], *hops()[1:])
    assert not missed(judged(options(), ENOUGH, walked=first_only))


def test_on_a_slow_machine_a_hop_may_take_longer_and_it_says_so() -> None:
    def judged_at(*slowness: float) -> Criterion:
        walked = [replace(hop, slowness=each) for hop, each in zip(hops(seconds=31.0), slowness, strict=True)]
        return judged(options(), ENOUGH, walked=walked)["Slowest hop, without its canary"]

    slow = judged_at(1.0, 1.25, 1.5, 1.5)
    assert slow.met
    assert slow.wanted == "<= 37.5 s (30 s on a machine 1.25 times as fast)", "the one with the least room"
    fast_then = judged_at(1.5, 1.5, 1.5, 1.03)
    assert not fast_then.met
    assert fast_then.wanted.startswith("<= 30.9 s")


def in_second(second: int, *seconds: float) -> list[Record]:
    """Visits that were due together and took so long."""
    return [replace(record(), due=float(second), attempts=(attempt(at=float(second), took=took),)) for took in seconds]


def test_a_second_in_which_half_of_the_visits_are_slow_is_missed() -> None:
    fine = [visit for second in range(100) for visit in in_second(second, 0.1, 0.1, 0.1)]
    records = [*fine, *in_second(100, 0.1, 0.3, 0.3)]
    criteria = judged(options(), records)
    assert missed(criteria) == {SLOWEST_SECOND}
    assert criteria[SLOWEST_SECOND].measured == "300 ms; 1 of 101 seconds are over"
    assert not missed(judged(options(), [*fine, *in_second(100, 0.1, 0.1, 0.3)]))
    assert not missed(judged(options(p50_limit_seconds=0.31), records))
    assert SLOWEST_SECOND not in judged(options(faults=("slow",)), records)


def test_more_than_one_slow_visit_in_a_hundred_is_missed() -> None:
    records = [visit for second in range(25) for visit in in_second(second, 0.1, 0.1, 0.1, 0.1)]
    criteria = judged(options(), [*records, *in_second(26, 0.1, 0.1, 0.1, 0.3), *in_second(27, 0.1, 0.1, 0.4)])
    assert missed(criteria) == {P99}
    assert criteria[P99].measured == "300 ms; the slowest 400 ms"
    assert not missed(judged(options(), [*records, *in_second(26, 0.1, 0.1, 0.3)]))
    assert P99 not in judged(options(faults=("slow",)), records)


def test_a_hop_that_failed_is_missed_and_named() -> None:
    criteria = judged(options(), ENOUGH, walked=hops(last_exit_code=1))
    assert missed(criteria) == {"Walk"}
    assert criteria["Walk"].measured == "stopped before placeholder"


def delivery(exit_code: int) -> Hop:
    return Hop(start="glue", goal="glue", began=30.0, ended=90.0, exit_code=exit_code, delivers=True)


@pytest.mark.parametrize(
    ("exit_codes", "measured", "met"),
    [([0], "promoted after 60.0 s", True), ([3], "exit code 3", False), ([], "not tried", False)],
)
def test_new_revisions_must_be_promoted_and_are_no_hop(exit_codes: list[int], measured: str, met: bool) -> None:
    walked = [*hops(), *map(delivery, exit_codes)]
    criteria = judged(options(delivers=True), ENOUGH, walked=walked)
    assert criteria["New revision of each service"].measured == measured
    assert missed(criteria) == (set() if met else {"New revision of each service"})


def kill(seconds: float | None, *, judged: bool = True) -> Kill:
    return Kill(at=0.0, service="like", judged=judged, steady_after_seconds=seconds)


@pytest.mark.parametrize(
    ("kills", "met"),
    [
        ([kill(4.9), kill(None, judged=False)], True),
        ([kill(4.9), kill(5.1)], False),
        ([kill(1.0), kill(None)], False),
        ([kill(None, judged=False)], False),
        ([], False),
    ],
)
def test_recovery_is_judged_by_the_slowest_kill_outside_of_rollouts(kills: list[Kill], met: bool) -> None:
    assert judged(options(faults=("kill",)), ENOUGH, kills=kills)[RECOVERY].met is met


def test_without_kills_asked_for_recovery_is_no_criterion() -> None:
    assert RECOVERY not in judged(options(faults=("slow",)), ENOUGH)


def test_a_fault_that_never_took_place_is_missed() -> None:
    criteria = judged(options(faults=("slow", "drop")), ENOUGH, fault_counts={"slow": 7, "drop": 0})
    assert missed(criteria) == {"Fault that took place: drop"}


def test_a_workload_without_writes_is_not_judged_by_them() -> None:
    assert WRITES not in judged(options(), ENOUGH, writes={})


def test_writes_that_no_visit_made_prove_nothing() -> None:
    writes = {"m": Writes(acknowledged=0, counted=0, attempted=0)}
    assert missed(judged(options(), ENOUGH, writes=writes)) == {WRITES}
