"""New revisions earn their requests: from anything that is there to what is wanted, cut off at any moment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cli.phases import Apply, Compare, FacadeLive, Live, Phase, Watch
from cli.plan import plan
from cli.revisions import steps_from
from mysfits.system import SYSTEM
from systems.facade_way import FacadeWay
from tests.unit.cli.partial_revisions import Fleet, Slots, at_rest, is_at_rest, moments, problems, tags_of, with_fleet
from tests.unit.cli.partial_revisions import after as after_apply

STAGES = SYSTEM.stage_by_name
STAGE = "split"
WALKED = [name for name, stage in STAGES.items() if not stage.placeholder]
ROUTES = {name: SYSTEM.monolith_routes(stage) for name, stage in STAGES.items()}
STEPS = (10, 50)


def running_in(stage: str) -> tuple[str, ...]:
    return (SYSTEM.monolith.name, *STAGES[stage].separate)


@dataclass(frozen=True)
class Way:
    """One run: the fleets it may be cut off in, and its end."""

    end: Fleet
    cut: list[Fleet] = field(default_factory=list)


def rest(**own: str) -> Fleet:
    return at_rest(own)


def live(fleet: Fleet, stage: str = STAGE) -> Live:
    now = Live(stage=stage, weights=dict.fromkeys(STAGES[stage].separate, 100), routes=ROUTES[stage])
    return with_fleet(now, fleet)


def phases_of(
    fleet: Fleet, wanted: Mapping[str, str], steps: tuple[int, ...] = STEPS, stage: str = STAGE
) -> tuple[Phase, ...]:
    return plan(live(fleet, stage), stage, system=SYSTEM, canary=steps, compares=True, image_tags=wanted)


def applies(phases: tuple[Phase, ...]) -> list[Apply]:
    return [phase for phase in phases if isinstance(phase, Apply)]


def after(fleet: Fleet, apply: Apply, wanted: Mapping[str, str]) -> Fleet:
    return after_apply(fleet, apply, wanted, running=list(fleet))


def run(fleet: Fleet, wanted: Mapping[str, str], steps: tuple[int, ...], stage: str) -> Way:
    cut: list[Fleet] = []
    now = fleet
    for phase in phases_of(fleet, wanted, steps, stage):
        if isinstance(phase, Apply):
            goal = after(now, phase, wanted)
            assert not problems(now, goal, earns=fleet if steps else ()), (fleet, wanted, phase)
            cut += moments(now, goal)
            now = goal
        if isinstance(phase, (Apply, Compare)) and phase.back:
            _require_way_back(now, phase.back, wanted)
    return Way(end=now, cut=cut)


def _require_way_back(now: Fleet, back: tuple[Apply, ...], wanted: Mapping[str, str]) -> None:
    """Whoever is new is gone in the end, without a request that anybody misses."""
    end = now
    for apply in back:
        goal = after(end, apply, wanted)
        assert not problems(end, goal, earns=()), (now, apply)
        end = goal
    assert tags_of(end) == tags_of(now)
    assert all(not slots.weight or slots.own == slots.canary for slots in end.values()), (now, back)


def explore(start: Fleet, goals: Sequence[Mapping[str, str]], steps: tuple[int, ...], stage: str) -> int:
    seen: set[tuple[tuple[str, Slots], ...]] = set()
    waiting = [start]
    while waiting:
        fleet = waiting.pop()
        key = tuple(fleet.items())
        if key in seen:
            continue
        seen.add(key)
        for wanted in goals:
            way = run(fleet, wanted, steps, stage)
            assert tags_of(way.end) == wanted, (fleet, wanted)
            assert is_at_rest(way.end), (fleet, wanted)
            waiting += way.cut
    return len(seen)


@pytest.mark.parametrize(("stage", "service"), [(stage, one) for stage in WALKED for one in running_in(stage)])
@pytest.mark.parametrize("steps", [STEPS, (10,), ()], ids=str)
def test_a_delivery_cut_off_anywhere_goes_on_to_any_revision(stage: str, service: str, steps: tuple[int, ...]) -> None:
    kept = dict.fromkeys(running_in(stage), "m")
    goals = [kept | {service: tag} for tag in ("1", "2", "3")]
    assert explore(at_rest(goals[0]), goals, steps, stage) > (8 if steps else 2)


@pytest.mark.parametrize(
    ("stage", "pair"), [(stage, pair) for stage in WALKED for pair in itertools.combinations(running_in(stage), 2)]
)
def test_two_services_at_once_do_so_too(stage: str, pair: tuple[str, str]) -> None:
    kept = dict.fromkeys(running_in(stage), "m")
    goals = [kept | dict(zip(pair, tags, strict=True)) for tags in itertools.product("12", repeat=2)]
    assert explore(at_rest(goals[0]), goals, (10,), stage) > 40


@pytest.mark.parametrize("stage", [stage for stage in WALKED if len(running_in(stage)) > 2])
def test_all_services_at_once_go_on_and_back(stage: str) -> None:
    goals = [dict.fromkeys(running_in(stage), tag) for tag in "12"]
    assert explore(at_rest(goals[0]), goals, (10,), stage) > 800


def test_a_new_revision_comes_up_beside_the_old_one_and_gets_its_requests_in_watched_steps() -> None:
    phases = [
        phase
        for phase in phases_of(rest(monolith="m", like="1"), {"monolith": "m", "like": "2"})
        if isinstance(phase, (Apply, Watch))
    ]
    shown = [
        f"{phase.new} / {phase.old} {phase.weight}" if isinstance(phase, Watch) else (dict(phase.canaries), phase.held)
        for phase in phases
    ]
    watched = "the new revision of like / like"
    assert shown == [
        ({"like": 0}, ("like",)),
        ({"like": 10}, ("like",)),
        f"{watched} 10",
        ({"like": 50}, ("like",)),
        f"{watched} 50",
        ({"like": 100}, ()),
        ({"like": 0}, ()),
        ({}, ()),
    ]


@pytest.mark.parametrize("steps", [STEPS, (10,)], ids=str)
def test_whoever_is_worse_gives_back_its_requests_before_its_tasks_go(steps: tuple[int, ...]) -> None:
    wanted = {"monolith": "m2", "like": "2"}
    start = rest(monolith="m1", like="1")
    now, tried = start, 0
    for phase in phases_of(start, wanted, steps):
        if isinstance(phase, Apply):
            now = after(now, phase, wanted)
        if isinstance(phase, Apply) and phase.back:
            (gone,) = phase.back
            assert after(now, gone, wanted) == start, "where ECS does not keep it, no request has come to it"
        if isinstance(phase, Watch):
            tried += 1
            nothing, gone = phase.back
            first = after(now, nothing, wanted)
            assert not problems(now, first, earns=())
            assert {name: slots.own for name, slots in first.items()} == {"monolith": "m1", "like": "1"}
            assert after(first, gone, wanted) == start
    assert tried == 2 * len(steps)


def test_a_step_at_which_a_delivery_stopped_is_watched_before_it_goes_on() -> None:
    world = {**rest(monolith="m"), "like": Slots(own="1", canary="2", has_tasks=True, weight=50)}
    phases = phases_of(world, {"monolith": "m", "like": "2"})
    shown = [
        phase.weight if isinstance(phase, Watch) else dict(phase.canaries)
        for phase in phases
        if isinstance(phase, (Apply, Watch))
    ]
    assert shown == [{"like": 50}, 50, {"like": 100}, {"like": 0}, {}]


def test_a_share_that_is_no_step_is_watched_as_it_is_and_others_pass_all_steps() -> None:
    assert steps_from((10, 50), [0]) == [10, 50]
    assert steps_from((10, 50), [33]) == [33, 50]
    assert steps_from((10, 50), [0, 33]) == [10, 33, 50]
    assert steps_from((10, 50), [50, 100]) == [50]
    assert steps_from((10, 50), [100]) == []
    assert steps_from((), [33]) == []


def test_without_steps_a_changed_image_is_rolled_out() -> None:
    phases = applies(phases_of(rest(monolith="m", like="1"), {"monolith": "m", "like": "2"}, ()))
    assert [(dict(phase.canaries), phase.held) for phase in phases] == [({}, ())]


def test_revisions_come_before_the_walk_begins() -> None:
    world = rest(monolith="1", like="1")
    phases = plan(
        live(world), "glue", system=SYSTEM, canary=STEPS, image_tags={"monolith": "2", "like": "1", "adopt": "1"}
    )
    stages = [phase.stage for phase in phases if isinstance(phase, Apply)]
    revised = [bool(phase.canaries) for phase in phases if isinstance(phase, Apply)]
    assert stages == sorted(stages, reverse=True), "all of split before all of glue"
    assert revised.index(False) > 3
    assert not any(revised[revised.index(False) :])


def test_the_placeholder_is_replaced_without_a_canary() -> None:
    phases = plan(Live(stage="placeholder"), "monolith", system=SYSTEM, canary=STEPS, image_tags={"monolith": "1"})
    assert not any(phase.canaries for phase in applies(phases))


@pytest.mark.parametrize(("weight", "is_tried"), [(0, False), (10, True), (100, True)])
def test_a_service_that_nobody_asks_gets_its_revision_at_once_and_then_earns_its_path(
    weight: int, is_tried: bool
) -> None:
    """It gave its path back, say, because its answers were wrong; now it is corrected."""
    now = Live(stage=STAGE, weights={"like": weight}, routes=ROUTES[STAGE], image_tags={"monolith": "1", "like": "1"})
    phases = plan(now, STAGE, system=SYSTEM, canary=STEPS, compares=True, image_tags={"monolith": "1", "like": "2"})
    assert any(phase.canaries.get("like", 0) for phase in phases if isinstance(phase, Apply)) is is_tried
    if not is_tried:
        trials = [phase for phase in phases if isinstance(phase, (Compare, Watch))]
        assert [str(trial) for trial in trials] == [
            "compare answers of like with those of monolith",
            "watch like at 10 %",
            "watch like at 50 %",
        ]
        assert not any(phase.held for phase in phases if isinstance(phase, Apply))


@pytest.mark.parametrize("way", list(FacadeWay))
def test_a_first_deploy_cut_off_before_the_monolith_came_has_nobody_to_earn_requests_from(way: FacadeWay) -> None:
    """The stage is applied, and its service runs, while the placeholder is in the monolith's place still."""
    facade = FacadeLive(begun=way, has_callers=True)
    cut = Live(stage=STAGE, weights={"like": 100}, image_tags={"like": "1"}, facade=facade)
    phases = plan(cut, STAGE, system=SYSTEM, canary=STEPS, compares=True, image_tags={"monolith": "1", "like": "2"})
    assert not any(isinstance(phase, (Compare, Watch)) for phase in phases)
    assert {(phase.routes, *phase.canaries) for phase in applies(phases)} == {(None,)}, "the monolith serves all"
