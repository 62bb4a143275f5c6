"""Where in a walk the way to the facade moves: after revisions, before stages, and nothing else moves with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from cli.phases import ALL, Apply, Canary, FacadeLive, Live, Phase, Publish, Watch
from cli.plan import plan as plan_of
from mysfits.system import SYSTEM
from systems.facade_way import FacadeWay
from tests.unit.cli.fake_cloud import Killed, deploy, play
from tests.unit.cli.partial_applies import world_at

ROUTES = {name: SYSTEM.monolith_routes(stage) for name, stage in SYSTEM.stage_by_name.items()}
CALLED = FacadeLive(has_callers=True)
UP = [FacadeWay.READY, FacadeWay.MOVED, FacadeWay.INTERNAL]
DOWN = [FacadeWay.MOVED, FacadeWay.READY, FacadeWay.PREPARED, FacadeWay.PUBLIC]

inside = partial(plan_of, system=SYSTEM, facade_way=FacadeWay.INTERNAL)
outside = partial(plan_of, system=SYSTEM, facade_way=FacadeWay.PUBLIC)


def at(facade: FacadeLive, stage: str = "split", weight: int = ALL) -> Live:
    tags = {"monolith": "m1", "like": "l1"}
    return Live(stage=stage, weights={"like": weight}, routes=ROUTES[stage], facade=facade, image_tags=tags)


def ways(phases: tuple[Phase, ...]) -> list[FacadeWay | None]:
    return [phase.facade_way for phase in phases if isinstance(phase, Apply)]


def test_on_a_live_system_each_step_is_an_apply_of_its_own() -> None:
    assert ways(inside(at(CALLED), "split")) == UP
    there = FacadeLive(reached=FacadeWay.INTERNAL, begun=FacadeWay.INTERNAL, has_callers=True)
    assert ways(outside(at(there), "split")) == DOWN


def test_where_the_way_is_as_it_is_to_be_no_apply_says_so() -> None:
    there = FacadeLive(reached=FacadeWay.INTERNAL, begun=FacadeWay.INTERNAL, has_callers=True)
    for phases in (inside(at(there), "adopt"), outside(at(CALLED), "adopt")):
        assert set(ways(phases)) == {None}


def test_images_are_published_before_and_the_walk_goes_on_after() -> None:
    phases = inside(at(CALLED), "adopt")
    assert isinstance(phases[0], Publish)
    found = ways(phases)
    assert found[:3] == UP
    assert set(found[3:]) == {None}
    assert len(found) > 4


def test_nothing_else_moves_with_it() -> None:
    half = at(CALLED, weight=50)
    moved = [phase for phase in inside(half, "split") if isinstance(phase, Apply) and phase.facade_way is not None]
    assert [(phase.stage, dict(phase.weights), phase.routes) for phase in moved] == [
        ("split", {"like": 50}, ROUTES["split"])
    ] * 3


def test_new_revisions_come_first_and_find_the_way_as_it_is() -> None:
    phases = inside(at(CALLED), "split", image_tags={"like": "l2"}, canary=(10,))
    found = ways(phases)
    assert found[-3:] == UP
    assert len(found) > 4
    assert set(found[:-3]) == {FacadeWay.PUBLIC}
    backs = [one for phase in phases if isinstance(phase, (Apply, Watch)) for one in phase.back]
    assert backs
    assert {one.facade_way for one in backs} == {FacadeWay.PUBLIC}


def test_a_canary_that_was_cut_off_is_brought_to_its_end_before() -> None:
    now = Live(
        stage="split",
        weights={"like": ALL},
        routes=ROUTES["split"],
        image_tags={"monolith": "m1", "like": "l1"},
        canaries={"like": Canary(image_tag="l2", weight=10)},
        facade=FacadeLive(reached=FacadeWay.READY, begun=FacadeWay.MOVED, has_callers=True),
    )
    phases = [one for one in inside(now, "split", image_tags={"like": "l2"}, canary=(10,)) if isinstance(one, Apply)]
    assert [phase.facade_way for phase in phases][-2:] == [FacadeWay.MOVED, FacadeWay.INTERNAL]
    assert all(not phase.canaries for phase in phases[-2:])
    assert {phase.facade_way for phase in phases[:-2]} == {FacadeWay.READY}


def test_the_placeholder_is_told_no_routes() -> None:
    there = FacadeLive(reached=FacadeWay.INTERNAL, begun=FacadeWay.INTERNAL)
    phases = [one for one in outside(Live(stage="placeholder", facade=there), "placeholder") if isinstance(one, Apply)]
    assert [(phase.facade_way, phase.routes) for phase in phases] == [
        (FacadeWay.PREPARED, None),
        (FacadeWay.PUBLIC, None),
    ]


@pytest.mark.parametrize("goal", ["split", "extracted"])
def test_what_is_deployed_first_has_the_way_at_once(goal: str) -> None:
    assert set(ways(inside(Live(stage=None), goal))) == {None}


def test_each_step_says_why() -> None:
    told = [str(phase) for phase in inside(at(CALLED), "split") if isinstance(phase, Apply)]
    assert told == [
        "apply split: the monolith is behind the internal load balancer too",
        "apply split: the services call the internal load balancer",
        "apply split: the public load balancer refuses the facade's paths",
    ]


def test_a_move_that_was_cut_off_is_looked_for_with_all_that_a_move_makes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The rule that lets keys in and the internal load balancer too, whichever end is asked for."""
    cloud = play(monkeypatch)
    cloud.world, cloud.dies_in = world_at("split"), 0
    with pytest.raises(Killed):
        deploy(tmp_path, cloud, "split", FACADE="internal")
    cloud.dies_in = None
    cloud.facade_ways.clear()
    deploy(tmp_path, cloud, "split", FACADE="internal")
    first, looks, *applied = cloud.facade_ways
    assert (first, looks) == (None, FacadeWay.MOVED)
    assert applied == [FacadeWay.INTERNAL], "the played services call nobody"


def test_without_a_move_nothing_of_one_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cloud = play(monkeypatch)
    cloud.world, cloud.dies_in = world_at("glue"), 0
    with pytest.raises(Killed):
        deploy(tmp_path, cloud, "split")
    cloud.dies_in = None
    deploy(tmp_path, cloud, "split")
    assert set(cloud.facade_ways) == {None}
