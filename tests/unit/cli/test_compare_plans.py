"""Where answers are compared in a walk: before the first request comes to who is new, and nowhere else."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from cli.phases import Apply, Canary, Compare, Live, Phase, Tasks
from cli.plan import plan
from mysfits.system import SYSTEM
from systems.system import System
from tests.unit.cli.mixed_system import MIXED
from tests.unit.cli.test_plan import EVERY_WALK, at

STEPS = [(), (10,), (10, 50)]
TAGS = {"monolith": "1", "like": "1", "adopt": "1"}


def compares(phases: tuple[Phase, ...]) -> list[str]:
    return [f"{phase.new} / {phase.old}" for phase in phases if isinstance(phase, Compare)]


@EVERY_WALK
@pytest.mark.parametrize("canary", STEPS, ids=str)
def test_comparing_adds_phases_and_changes_no_other(
    system: System, start: str, goal: str, canary: tuple[int, ...]
) -> None:
    now = at(start, system)
    phases = plan(now, goal, system=system, canary=canary, compares=True)
    rest = tuple(phase for phase in phases if not isinstance(phase, Compare))
    assert rest == plan(now, goal, system=system, canary=canary)


@EVERY_WALK
@pytest.mark.parametrize("canary", STEPS, ids=str)
def test_who_gets_a_path_is_compared_when_it_is_there_and_has_nothing_yet(
    system: System, start: str, goal: str, canary: tuple[int, ...]
) -> None:
    monolith = Tasks(service=system.monolith.name)
    shares = dict(at(start, system).weights)
    before: list[Compare] = []
    serves = not system.stage_by_name[start].placeholder
    for phase in plan(at(start, system), goal, system=system, canary=canary, compares=True):
        if isinstance(phase, Compare):
            comes = phase.old == monolith
            service = phase.new.service if comes else phase.old.service
            assert shares.get(service, -1) == (0 if comes else 100), phase
            assert not phase.back, "no request came to it, so none goes back"
            before.append(phase)
        if isinstance(phase, Apply):
            stage = system.stage_by_name[phase.stage]
            now = {name: phase.weights.get(name, 100) for name in stage.separate}
            for name, share in now.items():
                old = shares.get(name, 0)
                if serves and old == 0 and share > 0:
                    assert Compare(new=Tasks(service=name), old=monolith) in before, (phase, name)
                if old == 100 and share < 100:
                    assert Compare(new=monolith, old=Tasks(service=name)) in before, (phase, name)
            shares, before, serves = now, before if now == shares else [], not stage.placeholder


def test_a_path_that_moves_is_compared_in_either_direction() -> None:
    assert compares(plan(at("glue"), "split", system=SYSTEM, compares=True)) == ["like / monolith"]
    assert compares(plan(at("split"), "glue", system=SYSTEM, compares=True)) == ["monolith / like"]
    assert compares(plan(at("split"), "split", system=SYSTEM, compares=True)) == []


def test_two_services_that_come_together_are_both_compared() -> None:
    assert compares(plan(at("swapped", MIXED), "done", system=MIXED, compares=True)) == ["buy / monolith"]


def test_nobody_is_compared_in_a_first_deploy_nor_with_the_placeholder() -> None:
    assert not compares(plan(Live(stage=None), "extracted", system=SYSTEM, compares=True))
    assert not compares(plan(at("placeholder"), "glue", system=SYSTEM, compares=True))


@pytest.mark.parametrize("weight", [10, 33, 50])
@pytest.mark.parametrize("goal", ["split", "glue"])
def test_who_has_a_share_already_is_watched_and_not_compared(weight: int, goal: str) -> None:
    now = replace(at("split"), weights={"like": weight})
    assert not compares(plan(now, goal, system=SYSTEM, canary=(10, 50), compares=True))


def test_a_walk_cut_off_before_the_path_moved_is_compared_again() -> None:
    now = replace(at("split"), weights={"like": 0})
    phases = plan(now, "split", system=SYSTEM, compares=True)
    kinds = [type(phase).__name__ for phase in phases if isinstance(phase, (Apply, Compare))]
    assert kinds == ["Apply", "Compare", "Apply"]
    assert not compares(plan(now, "glue", system=SYSTEM, compares=True))


def revised(canaries: dict[str, Canary], wanted: dict[str, str]) -> tuple[Phase, ...]:
    now = replace(at("split"), image_tags={"monolith": "1", "like": "1"}, canaries=canaries)
    return plan(now, "split", system=SYSTEM, canary=(10,), compares=True, image_tags={**TAGS, **wanted})


def test_a_new_revision_is_compared_with_its_service_when_its_tasks_are_steady_and_have_nothing() -> None:
    phases = revised({}, {"like": "2", "monolith": "2"})
    assert compares(phases) == ["the new revision of monolith / monolith", "the new revision of like / like"]
    applied = [
        dict(phase.canaries) for phase in itertools.takewhile(_is_no_compare, phases) if isinstance(phase, Apply)
    ]
    assert applied == [{"monolith": 0, "like": 0}]
    (steady,) = [phase for phase in phases if isinstance(phase, Apply) and phase.canaries == applied[0] and phase.held]
    assert all(phase.back == steady.back for phase in phases if isinstance(phase, Compare))
    assert [dict(phase.canaries) for phase in steady.back] == [{}]


def test_a_service_that_was_refused_its_path_is_corrected_and_compared_with_who_has_the_path() -> None:
    now = replace(at("split"), image_tags={"monolith": "1", "like": "1"}, weights={"like": 0})
    phases = plan(now, "split", system=SYSTEM, canary=(10,), compares=True, image_tags={**TAGS, "like": "2"})
    assert compares(phases) == ["like / monolith"]


def _is_no_compare(phase: Phase) -> bool:
    return not isinstance(phase, Compare)


def test_a_revision_that_has_a_share_is_not_compared_and_gives_it_back_first_when_another_differs() -> None:
    half = {"like": Canary(image_tag="2", weight=10)}
    assert not compares(revised(half, {"like": "2"}))
    phases = revised(half, {"like": "2", "monolith": "2"})
    (compare,) = [phase for phase in phases if isinstance(phase, Compare)]
    assert str(compare.new) == "the new revision of monolith"
    first, second = compare.back
    assert dict(first.canaries) == {"like": 0, "monolith": 0}
    assert not second.canaries


def test_a_compare_is_told_in_words() -> None:
    phases = plan(at("glue"), "split", system=SYSTEM, compares=True)
    assert "compare answers of like with those of monolith" in [str(phase) for phase in phases]
