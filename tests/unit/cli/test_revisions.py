"""New revisions earn their requests: from anything that is there to what is wanted, cut off at any moment.

The model of an apply: the rule changes first, then tasks in any order, each done or not when it is killed. ECS may also
give a canary's new tasks up and start the revision that it had before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from cli.phases import Apply, Canary, Compare, Live, Phase, Watch
from cli.plan import plan
from cli.revisions import steps_from
from mysfits.system import SYSTEM

STAGE = "split"
ROUTES = SYSTEM.monolith_routes(SYSTEM.stage_by_name[STAGE])
STEPS = (10, 50)


@dataclass(frozen=True)
class Slots:
    """Both sets of tasks of one service: image tags of both, whether the canary has tasks, and its percentage."""

    own: str
    canary: str = ""
    has_tasks: bool = False
    weight: int = 0


World = Mapping[str, Slots]


@dataclass(frozen=True)
class Way:
    """One run: the worlds it may be cut off in, and its end."""

    end: World
    cut: list[World] = field(default_factory=list)


def rest(**own: str) -> World:
    return {name: Slots(own=tag, canary=tag) for name, tag in own.items()}


def live(world: World) -> Live:
    canaries = {
        name: Canary(image_tag=slots.canary, weight=slots.weight)
        for name, slots in world.items()
        if slots.has_tasks or slots.weight
    }
    tags = {name: slots.own for name, slots in world.items()}
    return Live(stage=STAGE, weights={"like": 100}, routes=ROUTES, image_tags=tags, canaries=canaries)


def phases_of(world: World, wanted: Mapping[str, str], steps: tuple[int, ...] = STEPS) -> tuple[Phase, ...]:
    return plan(live(world), STAGE, system=SYSTEM, canary=steps, compares=True, image_tags=wanted)


def applies(phases: tuple[Phase, ...]) -> list[Apply]:
    return [phase for phase in phases if isinstance(phase, Apply)]


def after(world: World, apply: Apply, wanted: Mapping[str, str]) -> World:
    found = {}
    for name, slots in world.items():
        tag = apply.image_tags.get(name, wanted[name])
        found[name] = Slots(
            own=slots.own if name in apply.held else tag,
            canary=tag,
            has_tasks=name in apply.canaries,
            weight=apply.canaries.get(name, 0),
        )
    return found


def moments(now: World, goal: World) -> Iterator[World]:
    """Every state in which an apply may be killed, and those in which ECS did not keep a revision."""
    choices = [list(_moments_of(now[name], goal[name])) for name in now]
    for chosen in itertools.product(*choices):
        yield dict(zip(now, chosen, strict=True))


def _moments_of(now: Slots, goal: Slots) -> Iterator[Slots]:
    yield now
    ruled = replace(now, weight=goal.weight)
    rolled = {ruled, replace(ruled, canary=goal.canary, has_tasks=goal.has_tasks)}
    if goal.has_tasks and not now.has_tasks:
        rolled.add(replace(ruled, has_tasks=True))
    for one in rolled:
        yield one
        yield replace(one, own=goal.own)


def problems(now: World, goal: World, *, steps: tuple[int, ...]) -> list[str]:
    """What visitors would notice of an apply."""
    found = []
    for name, before in now.items():
        after_it = goal[name]
        has_requests = max(before.weight, after_it.weight) > 0
        if has_requests and not (before.has_tasks and after_it.has_tasks):
            found.append(f"the canary of {name} is asked while it comes or goes")
        if after_it.weight > 0 and before.canary != after_it.canary:
            found.append(f"the canary of {name} becomes another one under requests")
        if steps and before.own != after_it.own and after_it.weight < 100 and before.canary != before.own:
            found.append(f"{name} takes a revision that has not earned it")
    return found


def run(world: World, wanted: Mapping[str, str], steps: tuple[int, ...]) -> Way:
    cut: list[World] = []
    now = world
    for phase in phases_of(world, wanted, steps):
        if isinstance(phase, Apply):
            goal = after(now, phase, wanted)
            assert not problems(now, goal, steps=steps if _arrives(now, wanted) else ()), (world, wanted, phase)
            cut += moments(now, goal)
            now = goal
        if isinstance(phase, (Apply, Compare)) and phase.back:
            _require_way_back(now, phase.back, wanted)
    return Way(end=now, cut=cut)


def _require_way_back(now: World, back: tuple[Apply, ...], wanted: Mapping[str, str]) -> None:
    """Whoever is new is gone in the end, without a request that anybody misses."""
    end = now
    for apply in back:
        goal = after(end, apply, wanted)
        assert not problems(end, goal, steps=()), (now, apply)
        end = goal
    assert {name: slots.own for name, slots in end.items()} == {name: slots.own for name, slots in now.items()}
    assert all(not slots.weight or slots.own == slots.canary for slots in end.values()), (now, back)


def _arrives(world: World, wanted: Mapping[str, str]) -> bool:
    """Whether something new comes; what runs already may be rolled again."""
    return any(slots.own != wanted[name] for name, slots in world.items())


def explore(start: World, goals: list[Mapping[str, str]], steps: tuple[int, ...]) -> int:
    seen: set[tuple[tuple[str, Slots], ...]] = set()
    waiting = [start]
    while waiting:
        world = waiting.pop()
        key = tuple(world.items())
        if key in seen:
            continue
        seen.add(key)
        for wanted in goals:
            way = run(world, wanted, steps)
            assert {name: slots.own for name, slots in way.end.items()} == wanted, (world, wanted)
            assert all(not slots.has_tasks and not slots.weight for slots in way.end.values()), (world, wanted)
            waiting += way.cut
    return len(seen)


@pytest.mark.parametrize("steps", [STEPS, (10,), ()], ids=str)
def test_a_delivery_cut_off_anywhere_goes_on_to_any_revision(steps: tuple[int, ...]) -> None:
    goals: list[Mapping[str, str]] = [{"monolith": "m", "like": tag} for tag in ("1", "2", "3")]
    start = rest(monolith="m", like="1")
    assert explore(start, goals, steps) > (8 if steps else 2)


def test_two_services_at_once_do_so_too() -> None:
    goals: list[Mapping[str, str]] = [{"monolith": m, "like": one} for m in "12" for one in "12"]
    assert explore(rest(monolith="1", like="1"), goals, (10,)) > 40


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
            assert not problems(now, first, steps=())
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
    now = Live(stage=STAGE, weights={"like": weight}, routes=ROUTES, image_tags={"monolith": "1", "like": "1"})
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
