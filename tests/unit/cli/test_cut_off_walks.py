"""A deployer that is killed at any moment of any walk, and the next ``make deploy``: it goes on, and no path fails.

Every state that such runs can lead to, one after the other, is visited: some hundred.
"""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from cli.phases import Apply, Live, Watch
from cli.plan import plan as plan_of
from mysfits.system import SYSTEM
from systems.system import System
from tests.unit.cli.mixed_system import MIXED
from tests.unit.cli.partial_applies import World, goal_of, lost_requests, moments, world_at

STAGES = SYSTEM.stage_by_name
ROUTES = {name: SYSTEM.monolith_routes(stage) for name, stage in STAGES.items()}
WALKED = [name for name, stage in STAGES.items() if not stage.placeholder]

plan = partial(plan_of, system=SYSTEM)


def reachable(starts: list[World], system: System, *, canary: tuple[int, ...]) -> set[World]:
    """All that a walk from ``starts`` and walks from what it was cut off at lead to; fails where a request may."""
    seen: set[World] = set()
    applied: set[tuple[World, World]] = set()
    planned: dict[tuple[str, str], list[tuple[Apply, World]]] = {}  # many worlds look alike to a plan
    waiting = list(starts)
    while waiting:
        world = waiting.pop()
        if world in seen:
            continue
        seen.add(world)
        for goal in system.stage_by_name:
            now, live = world, world.live()
            if (repr(live), goal) not in planned:
                phases = plan_of(live, goal, system=system, canary=canary)
                planned[repr(live), goal] = [(one, goal_of(one, system)) for one in phases if isinstance(one, Apply)]
            for phase, end in planned[repr(live), goal]:
                if (now, end) not in applied:
                    assert not lost_requests(now, end), (world, goal, phase)
                    waiting += moments(now, end)
                    applied.add((now, end))
                now = end
            assert now == world_at(goal, system), (world, goal)
    return seen


@pytest.mark.parametrize(
    ("system", "canary"),
    [(SYSTEM, ()), (SYSTEM, (10,)), (SYSTEM, (10, 50)), (MIXED, (10,))],
    ids=lambda value: value.name if isinstance(value, System) else str(value),
)
def test_a_walk_cut_off_anywhere_goes_on_to_any_stage_without_a_lost_request(
    system: System, canary: tuple[int, ...]
) -> None:
    seen = reachable([world_at(stage, system) for stage in system.stage_by_name], system, canary=canary)
    assert len(seen) > 100


def test_the_model_notices_a_path_without_an_answer() -> None:
    """The model itself: it must not call everything well."""
    split, glue, extracted, adopt = (world_at(name) for name in ("split", "glue", "extracted", "adopt"))
    assert lost_requests(glue, split) == ["like is asked while it comes or goes"]
    assert "the monolith is asked for like" in lost_requests(world_at("strangled"), glue)
    assert "like misses its facade" in lost_requests(adopt, extracted)
    assert len(list(moments(glue, split))) == 6
    assert lost_requests(split, split) == []


@pytest.mark.parametrize("stage", WALKED)
@pytest.mark.parametrize("canary", [(), (10, 50)], ids=str)
def test_a_live_weight_only_moves_towards_its_end(stage: str, canary: tuple[int, ...]) -> None:
    """Whatever somebody set by hand: no jump through nothing on the way to all, and none through all to nothing."""
    services = STAGES[stage].separate
    for goal, shares in itertools.product(WALKED, itertools.product((0, 10, 33, 50, 100), repeat=len(services))):
        weights = dict(zip(services, shares, strict=True))
        now = Live(stage=stage, weights=weights, routes=ROUTES[stage])
        phases = [phase for phase in plan(now, goal, canary=canary) if isinstance(phase, Apply)]
        for service, share in weights.items():
            seen = [phase.weights.get(service, 100) for phase in phases if service in STAGES[phase.stage].separate]
            stays = service in STAGES[goal].separate
            assert [share, *seen] == sorted([share, *seen], reverse=not stays), (weights, goal, service, seen)
            if stays and seen:
                assert seen[-1] == 100
            if not stays and share:
                assert seen[-1] == 0


def test_a_weight_of_50_goes_on_from_50_with_everything_else_first() -> None:
    now = Live(stage="split", weights={"like": 50}, routes=ROUTES["split"])
    phases = [phase for phase in plan(now, "split") if isinstance(phase, Apply)]
    assert [dict(phase.weights) for phase in phases] == [{"like": 50}, {}]
    assert "everything but the weights" in phases[0].why


def test_canary_steps_below_the_live_weight_are_left_out() -> None:
    now = Live(stage="split", weights={"like": 50}, routes=ROUTES["split"])
    phases = [phase for phase in plan(now, "split", canary=(10, 50, 80)) if isinstance(phase, Apply)]
    assert [dict(phase.weights) for phase in phases] == [{"like": 50}, {"like": 80}, {}]


@pytest.mark.parametrize(
    ("stage", "goal", "new", "old"), [("split", "split", "like", "monolith"), ("split", "glue", "monolith", "like")]
)
def test_a_share_that_nobody_has_watched_is_watched_before_the_walk_goes_on(
    stage: str, goal: str, new: str, old: str
) -> None:
    now = Live(stage=stage, weights={"like": 50}, routes=ROUTES[stage])
    watches = [phase for phase in plan(now, goal, canary=(10, 50, 80)) if isinstance(phase, Watch)]
    assert [(str(one.new), str(one.old), one.weight) for one in watches] == [(new, old, 50), (new, old, 80)]


def test_a_service_that_leaves_later_keeps_its_weight_until_then() -> None:
    weights = {"like": 50, "adopt": 100}
    now = Live(stage="adopt", weights=weights, routes=ROUTES["adopt"])
    phases = [phase for phase in plan(now, "glue") if isinstance(phase, Apply)]
    assert "like" in (phases[0].routes or ()), "half of the likes go to the monolith, which did not serve them there"
    assert [(phase.stage, phase.weights.get("like")) for phase in phases][:-1] == [
        ("adopt", 50),
        ("adopt", 50),
        ("adopt", 50),
        ("strangled", 50),
        ("split", 50),
        ("split", 0),
    ]
    assert (phases[-1].stage, dict(phases[-1].weights)) == ("glue", {})


def test_what_was_cut_off_is_finished_before_the_monolith_forgets() -> None:
    """Killed early in the change to extracted: its services may still go through the facade."""
    cut = Live(stage="extracted", weights={"like": 100, "adopt": 100}, routes=ROUTES["adopt"])
    phases = [phase for phase in plan(cut, "extracted") if isinstance(phase, Apply)]
    assert [phase.routes for phase in phases] == [ROUTES["adopt"], None]
