"""The phases of a deploy: neighbours in order, and no path ever without a service that can answer."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial

import pytest

from cli.phases import Apply, Live, Phase, Publish, Seed, Watch
from cli.plan import plan as plan_of
from mysfits.system import SYSTEM
from systems.service import Mode
from systems.stage import Stage
from systems.system import System
from tests.unit.cli.mixed_system import MIXED

STAGES = SYSTEM.stage_by_name
ROUTES = {name: SYSTEM.monolith_routes(stage) for name, stage in STAGES.items()}
WALKS = [
    pytest.param(system, start, goal, id=f"{system.name}-{start}-{goal}")
    for system in (SYSTEM, MIXED)
    for start, goal in itertools.permutations(system.stage_by_name, 2)
]
EVERY_WALK = pytest.mark.parametrize(("system", "start", "goal"), WALKS)

plan = partial(plan_of, system=SYSTEM)


def at(name: str | None, system: System = SYSTEM) -> Live:
    """A stage that was reached: its services have their paths."""
    if name is None:
        return Live(stage=None)
    stage = system.stage_by_name[name]
    return Live(stage=name, weights=dict.fromkeys(stage.separate, 100), routes=system.monolith_routes(stage))


def applies(phases: tuple[Phase, ...]) -> list[tuple[str, dict[str, int]]]:
    return [(phase.stage, dict(phase.weights)) for phase in phases if isinstance(phase, Apply)]


def state_after(phase: Apply, system: System) -> tuple[Stage, dict[str, int], set[str]]:
    """Stage, weights and the monolith's routes that an apply leads to."""
    stage = system.stage_by_name[phase.stage]
    weights = {service: phase.weights.get(service, 100) for service in stage.separate}
    return stage, weights, set(system.monolith_routes(stage) if phase.routes is None else phase.routes)


def test_a_first_deploy_makes_the_placeholder_before_it_publishes_anything() -> None:
    first, second, *_ = plan(at(None), "split")
    assert isinstance(first, Apply)
    assert first.stage == "placeholder"
    assert isinstance(second, Publish)


def test_the_table_is_seeded_before_the_monolith_serves() -> None:
    phases = plan(at(None), "monolith")
    seeded = next(number for number, phase in enumerate(phases) if isinstance(phase, Seed))
    serving = next(n for n, phase in enumerate(phases) if isinstance(phase, Apply) and phase.stage == "monolith")
    assert seeded < serving


def test_a_new_service_is_steady_before_it_gets_its_path() -> None:
    assert applies(plan(at("glue"), "split")) == [("split", {"like": 0}), ("split", {})]


def test_canary_steps_are_watched_before_the_next_one() -> None:
    phases = [phase for phase in plan(at("glue"), "split", canary=(10, 50)) if isinstance(phase, (Apply, Watch))]
    shown = [phase.weight if isinstance(phase, Watch) else dict(phase.weights) for phase in phases]
    assert shown == [{"like": 0}, {"like": 10}, 10, {"like": 50}, 50, {}]


@pytest.mark.parametrize(("start", "goal"), [("placeholder", "extracted"), ("extracted", "placeholder")])
def test_the_monolith_is_never_rolled_for_another_order_of_the_same_routes(start: str, goal: str) -> None:
    given = [
        ROUTES[phase.stage] if phase.routes is None else phase.routes
        for phase in plan(at(start), goal)
        if isinstance(phase, Apply)
    ]
    for one, next_one in itertools.pairwise(given):
        assert one == next_one or set(one) != set(next_one)


def test_a_leaving_service_gives_its_path_back_before_it_goes() -> None:
    assert applies(plan(at("split"), "glue")) == [("split", {"like": 0}), ("glue", {})]


def test_an_image_is_published_once_in_a_walk() -> None:
    published = [phase.service for phase in plan(at(None), "split") if isinstance(phase, Publish)]
    assert published == ["monolith", "like"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_same_stage_again_is_one_apply(stage: str) -> None:
    assert applies(plan(at(stage), stage)) == [(stage, {})]


def test_a_walk_cut_off_before_the_path_moved_goes_on_with_a_steady_service_first() -> None:
    cut = Live(stage="split", weights={"like": 0}, routes=ROUTES["split"])
    assert applies(plan(cut, "split", canary=(10,))) == [("split", {"like": 0}), ("split", {"like": 10}), ("split", {})]


def test_a_walk_cut_off_before_the_path_moved_goes_back_without_moving_it() -> None:
    cut = Live(stage="split", weights={"like": 0}, routes=ROUTES["split"])
    assert applies(plan(cut, "glue")) == [("glue", {})]


@EVERY_WALK
def test_every_walk_passes_all_stages_between_unless_nothing_is_served(system: System, start: str, goal: str) -> None:
    names = list(system.stage_by_name)
    low, high = sorted((names.index(start), names.index(goal)))
    walked = applies(plan_of(at(start, system), goal, system=system))
    passed = {stage for stage, _ in walked}
    between = {goal} if system.stage_by_name[start].placeholder else set(names[low : high + 1])
    assert passed - {start} == between - {start}
    assert walked[-1] == (goal, {})


@EVERY_WALK
def test_no_phase_and_no_moment_between_two_leaves_a_path_without_an_answer(
    system: System, start: str, goal: str
) -> None:
    """Both sides of every apply are live at once: tasks roll one by one, and rules change before or after them."""
    now = at(start, system)
    stage, weights, routes = system.stage_by_name[start], dict(now.weights), set(now.routes or ())
    for phase in plan_of(now, goal, system=system):
        if not isinstance(phase, Apply):
            continue
        next_stage, next_weights, next_routes = state_after(phase, system)
        if stage.placeholder or next_stage.placeholder:
            stage, weights, routes = next_stage, next_weights, next_routes
            continue
        always_served = routes & next_routes
        for name, service in system.service_by_name.items():
            shares = [weights.get(name, 0), next_weights.get(name, 0)]
            if min(shares) < 100:
                assert name in always_served or service.stays_inline, (phase, name)
            if max(shares) > 0:
                kept = name in stage.separate and name in next_stage.separate
                assert kept, f"{name} has requests while it comes or goes: {phase}"
            if Mode.FACADE in (stage.mode(name), next_stage.mode(name)) and max(shares) > 0:
                assert system.facade_name(service) in always_served, (phase, name)
        stage, weights, routes = next_stage, next_weights, next_routes


def test_a_monolith_that_cannot_be_told_what_to_serve_is_never_rolled_for_it() -> None:
    deaf = replace(SYSTEM, monolith=replace(SYSTEM.monolith, environment={}))
    for start, goal in itertools.permutations(STAGES, 2):
        phases = plan_of(at(start, deaf), goal, system=deaf)
        assert all(phase.routes is None for phase in phases if isinstance(phase, Apply))
        assert "the monolith learns" not in "".join(map(str, phases))


def test_one_service_persists_by_itself_while_another_comes_up_behind_the_facade() -> None:
    phases = plan_of(at("bought", MIXED), "selling", system=MIXED)
    assert [(one.stage, dict(one.weights), one.routes) for one in phases if isinstance(one, Apply)] == [
        ("bought", {}, ("sell", "rent", "inner-sell", "inner-rent")),
        ("selling", {"sell": 0}, ("sell", "rent", "inner-sell", "inner-rent")),
        ("selling", {}, ("sell", "rent", "inner-sell", "inner-rent")),
        ("selling", {}, None),
    ]


def _with(live: Live, behind: Live) -> Live:
    return replace(live, lacks_registries=behind.lacks_registries, lacks_fallback_group=behind.lacks_fallback_group)


@pytest.mark.parametrize(
    "behind", [Live(stage=None, lacks_registries=True), Live(stage=None, lacks_fallback_group=True)]
)
def test_what_a_walk_relies_on_is_there_before_it_begins(behind: Live) -> None:
    """The registry of a service that was added since, or the monolith's group for the paths that move."""
    now = _with(at("glue"), behind)
    phases = plan(now, "split")
    first = next(number for number, phase in enumerate(phases) if isinstance(phase, Apply))
    assert phases[first] == Apply(stage="glue", routes=ROUTES["glue"], why="what the walk relies on")
    assert phases.index(Publish(service="like")) > first
    assert applies(plan(_with(at("split"), behind), "split")) == [("split", {})]


def test_a_path_is_compared_with_the_monolith_on_that_path_alone() -> None:
    """Up and back: the monolith's other paths may be faster or slower."""
    sides = [
        (str(one.new), one.new.for_others, str(one.old), one.old.for_others)
        for start, goal in (("glue", "split"), ("split", "glue"))
        for one in plan(at(start), goal, canary=(10, 50))
        if isinstance(one, Watch)
    ]
    up, back = ("like", False, "monolith", True), ("monolith", True, "like", False)
    assert sides == [up, up, back, back]
