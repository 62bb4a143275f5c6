"""The phases of a deploy: neighbours in order, and no path ever without a service that can answer."""

from __future__ import annotations

import itertools

import pytest

from cli.plan import Apply, Live, Phase, Publish, Seed, Watch, plan
from stacks.stages import STAGES, Stage

PATHS = ("like", "adopt")


def at(name: str | None) -> Live:
    """A stage that was reached: its services have their paths."""
    if name is None:
        return Live(stage=None)
    stage = STAGES[name]
    return Live(stage=name, weights=dict.fromkeys(stage.microservices, 100), actions=stage.monolith_actions)


def applies(phases: tuple[Phase, ...]) -> list[tuple[str, dict[str, int]]]:
    return [(phase.stage, dict(phase.weights)) for phase in phases if isinstance(phase, Apply)]


def state_after(phase: Apply) -> tuple[Stage, dict[str, int], set[str]]:
    """Stage, weights and monolith actions that an apply leads to."""
    stage = STAGES[phase.stage]
    weights = {service: phase.weights.get(service, 100) for service in stage.microservices}
    return stage, weights, set(stage.monolith_actions if phase.actions is None else phase.actions)


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
    phases = [phase for phase in plan(at("glue"), "split", canary=(10, 50)) if not isinstance(phase, (Publish, Seed))]
    shown = [phase.weight if isinstance(phase, Watch) else dict(phase.weights) for phase in phases]
    assert shown == [{"like": 0}, {"like": 10}, 10, {"like": 50}, 50, {}]


@pytest.mark.parametrize(("start", "goal"), [("placeholder", "extracted"), ("extracted", "placeholder")])
def test_the_monolith_is_never_rolled_for_another_order_of_the_same_actions(start: str, goal: str) -> None:
    given = [
        STAGES[phase.stage].monolith_actions if phase.actions is None else phase.actions
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
    cut = Live(stage="split", weights={"like": 0}, actions=STAGES["split"].monolith_actions)
    assert applies(plan(cut, "split", canary=(10,))) == [("split", {"like": 0}), ("split", {"like": 10}), ("split", {})]


def test_a_walk_cut_off_before_the_path_moved_goes_back_without_moving_it() -> None:
    cut = Live(stage="split", weights={"like": 0}, actions=STAGES["split"].monolith_actions)
    assert applies(plan(cut, "glue")) == [("glue", {})]


@pytest.mark.parametrize(("start", "goal"), list(itertools.permutations(STAGES, 2)))
def test_every_walk_passes_all_stages_between(start: str, goal: str) -> None:
    names = list(STAGES)
    low, high = sorted((names.index(start), names.index(goal)))
    passed = {stage for stage, _ in applies(plan(at(start), goal))}
    assert passed - {start} == set(names[low : high + 1]) - {start}
    assert applies(plan(at(start), goal))[-1] == (goal, {})


@pytest.mark.parametrize(("start", "goal"), list(itertools.permutations(STAGES, 2)))
def test_no_phase_and_no_moment_between_two_leaves_a_path_without_an_answer(start: str, goal: str) -> None:
    """Both sides of every apply are live at once: tasks roll one by one, and rules change before or after them."""
    now = at(start)
    stage, weights, actions = STAGES[start], dict(now.weights), set(STAGES[start].monolith_actions)
    for phase in plan(now, goal):
        if not isinstance(phase, Apply):
            continue
        next_stage, next_weights, next_actions = state_after(phase)
        if "placeholder" in (stage.monolith_image, next_stage.monolith_image):
            stage, weights, actions = next_stage, next_weights, next_actions
            continue
        always_served = actions & next_actions
        for path in PATHS:
            shares = [weights.get(path, 0), next_weights.get(path, 0)]
            if min(shares) < 100:
                assert path in always_served, (phase, path)
            if max(shares) > 0:
                kept = path in stage.microservices and path in next_stage.microservices
                assert kept, f"{path} has requests while it comes or goes: {phase}"
            facades = [not s.microservices_persist for s in (stage, next_stage) if path in s.microservices]
            if any(facades) and max(shares) > 0:
                assert f"fulfill-{path}" in always_served, (phase, path)
        stage, weights, actions = next_stage, next_weights, next_actions
