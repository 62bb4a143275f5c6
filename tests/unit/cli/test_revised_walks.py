"""Walks that bring new revisions on the way, cut off anywhere: no path and no revision costs a visitor an answer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cli.phases import Apply, Compare, Watch
from cli.plan import plan
from mysfits.system import SYSTEM
from systems.system import System
from tests.unit.cli.partial_revisions import Deployed
from tests.unit.cli.test_plan import EVERY_WALK


def tags(system: System, tag: str) -> dict[str, str]:
    return dict.fromkeys(system.images, tag)


def changed(system: System) -> list[dict[str, str]]:
    """Image tags by which each service alone, then all of them, are others than those that run, which are ``1``."""
    return [*(tags(system, "1") | {name: "2"} for name in system.images), tags(system, "2")]


def walked(
    start: Deployed, goal: str, wanted: Mapping[str, str], steps: tuple[int, ...]
) -> list[tuple[Deployed, Deployed]]:
    """Every apply of a walk, from and to; fails where a visitor would notice one, or the way back from a phase."""
    now, found, system = start, [], start.world.system
    for phase in plan(start.live(), goal, system=system, canary=steps, compares=True, image_tags=wanted):
        if isinstance(phase, Apply):
            end = now.after(phase, wanted)
            assert not now.problems(end, earns=bool(steps)), (start.live(), goal, wanted, str(phase))
            found.append((now, end))
            now = end
        if isinstance(phase, (Apply, Compare, Watch)):
            returning = now
            for apply in phase.back:
                end = returning.after(apply, wanted)
                assert not returning.problems(end, earns=bool(steps)), (start.live(), goal, wanted, str(phase))
                returning = end
    assert now == Deployed.at(goal, wanted, system), (start.live(), goal, wanted)
    return found


@EVERY_WALK
@pytest.mark.parametrize("steps", [(), (10,), (10, 50)], ids=str)
def test_no_apply_of_a_walk_with_new_revisions_costs_an_answer(
    system: System, start: str, goal: str, steps: tuple[int, ...]
) -> None:
    for wanted in changed(system):
        walked(Deployed.at(start, tags(system, "1"), system), goal, wanted, steps)


@pytest.mark.parametrize("wanted", changed(SYSTEM), ids=lambda wanted: "-".join(wanted.values()))
def test_such_a_walk_cut_off_anywhere_goes_on_to_any_stage_and_back(wanted: Mapping[str, str]) -> None:
    before, steps = tags(SYSTEM, "1"), (10,)
    seen: set[Deployed] = set()
    for start in SYSTEM.stage_by_name:
        for goal in SYSTEM.stage_by_name:
            applied = walked(Deployed.at(start, before, SYSTEM), goal, wanted, steps)
            cut = {moment for now, end in applied for moment in now.moments(end)} - seen
            for moment in cut:
                walked(moment, start, before, steps)
                for other in SYSTEM.stage_by_name:
                    walked(moment, other, wanted, steps)
            seen |= cut
    assert len(seen) > 50
