"""What a deploy does, as data: an ordered list of phases that ``cli.deploy`` obeys and ``make plan`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from stacks.stages import STAGES, Stage, walk

_ACTIONS: Final = tuple(dict.fromkeys(action for stage in STAGES.values() for action in stage.monolith_actions))
"""Every action that the monolith serves in any stage, in the order of the stage table."""


@dataclass(frozen=True, kw_only=True)
class Publish:
    """Publish the image of a service as it stands in the checkout."""

    service: str

    def __str__(self) -> str:
        return f"publish {self.service}"


@dataclass(frozen=True, kw_only=True)
class Seed:
    """Put the mysfits that the table lacks."""

    def __str__(self) -> str:
        return "seed the table"


@dataclass(frozen=True, kw_only=True)
class Apply:
    """Apply the stack of ``stage``.

    Attributes:
        weights: percent of its path that a microservice gets; 100 where it is not named.
        actions: what the monolith serves, where that is not what the stage says.
        why: for the person who reads the plan.
    """

    stage: str
    weights: Mapping[str, int] = field(default_factory=dict)
    actions: tuple[str, ...] | None = None
    why: str

    def __str__(self) -> str:
        shares = "".join(f", {service} gets {weight} %" for service, weight in self.weights.items())
        return f"apply {self.stage}{shares}: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Compare a microservice under a share of its path with the monolith, and go back to 0 % when it is worse."""

    service: str
    weight: int

    def __str__(self) -> str:
        return f"watch {self.service} at {self.weight} %"


Phase = Publish | Seed | Apply | Watch


@dataclass(frozen=True, kw_only=True)
class Live:
    """What is really there.

    Attributes:
        stage: the stage that was applied last, or None.
        weights: percent that each microservice gets of its path now; one that has no rule is not named.
        actions: what the running monolith serves; None while the placeholder runs.
    """

    stage: str | None
    weights: Mapping[str, int] = field(default_factory=dict)
    actions: tuple[str, ...] | None = None


def plan(live: Live, goal: str, *, canary: tuple[int, ...] = ()) -> tuple[Phase, ...]:
    """Phases from what is there to stage ``goal``, neighbour by neighbour; ``canary`` gives the steps of a weight.

    No phase lets a path be without a service that can answer it: the monolith learns a route before it gets it and
    forgets it after it lost it; a new microservice comes up behind a rule that gives it nothing and gets its path when
    it is steady; one that leaves first gets nothing. An interrupted walk goes on from where it stopped.
    """
    if live.stage is None:
        return _once(phase for before, stage in _pairs(None, goal) for phase in _hop(before, stage, canary, {}))
    current = STAGES[live.stage]
    phases: list[Phase] = []
    names = list(STAGES)
    backwards = names.index(goal) < names.index(live.stage)
    waiting = tuple(service for service in current.microservices if live.weights.get(service, 0) < 100)
    if not backwards and (waiting or goal == live.stage):
        phases += [*_needs(current), *_settle(current, waiting, live, canary)]
    for before, stage in _pairs(live.stage, goal):
        phases += _hop(before, stage, canary, live.weights if before is current else {})
    return _once(phases)


def _pairs(start: str | None, goal: str) -> Iterable[tuple[Stage | None, Stage]]:
    before = STAGES[start] if start is not None else None
    for stage in walk(start, goal):
        yield before, stage
        before = stage


def _settle(stage: Stage, waiting: tuple[str, ...], live: Live, canary: tuple[int, ...]) -> list[Phase]:
    """Finish a stage whose last walk did not get to its end; with nothing waiting, bring it up to date."""
    if not waiting:
        return [Apply(stage=stage.name, why="bring everything up to date")]
    both = _union(live.actions or (), stage.monolith_actions)
    phases = _arrive(stage, waiting, both, canary)
    return [*phases, *_forget(stage, both)]


def _hop(before: Stage | None, stage: Stage, canary: tuple[int, ...], weights: Mapping[str, int]) -> list[Phase]:
    """From one stage to its neighbour; ``weights`` are the live ones where they are known."""
    needs = [*_needs(stage)]
    if before is None or "placeholder" in (before.monolith_image, stage.monolith_image):
        return [*needs, Apply(stage=stage.name, why=stage.means)]
    new = tuple(service for service in stage.microservices if service not in before.microservices)
    gone = tuple(service for service in before.microservices if service not in stage.microservices)
    both = _union(before.monolith_actions, stage.monolith_actions)
    phases: list[Phase] = needs
    moves = new or gone or before.microservices_persist != stage.microservices_persist
    if moves and set(both) != set(before.monolith_actions):
        phases.append(Apply(stage=before.name, actions=both, why="the monolith learns what it will be asked for"))
    serving = [service for service in gone if weights.get(service, 100) > 0]
    if serving:
        nothing = dict.fromkeys(gone, 0)
        phases.append(Apply(stage=before.name, weights=nothing, actions=both, why="the path goes back to the monolith"))
    if new:
        phases += _arrive(stage, new, both, canary)
    elif moves and set(both) != set(stage.monolith_actions):
        phases.append(Apply(stage=stage.name, actions=both, why="the services change over"))
    return [*phases, *(_forget(stage, both) if new else [Apply(stage=stage.name, why=stage.means)])]


def _arrive(stage: Stage, new: tuple[str, ...], both: tuple[str, ...], canary: tuple[int, ...]) -> list[Phase]:
    """Bring up ``new`` with no requests, then give it its path step by step."""
    nothing = dict.fromkeys(new, 0)
    phases: list[Phase] = [Apply(stage=stage.name, weights=nothing, actions=both, why="the new service becomes steady")]
    for weight in canary:
        share = dict.fromkeys(new, weight)
        phases.append(Apply(stage=stage.name, weights=share, actions=both, why="a share of the path"))
        phases += [Watch(service=service, weight=weight) for service in new]
    phases.append(Apply(stage=stage.name, actions=both, why="the path goes to the new service"))
    return phases


def _forget(stage: Stage, both: tuple[str, ...]) -> list[Phase]:
    if set(both) == set(stage.monolith_actions):
        return []
    return [Apply(stage=stage.name, why="the monolith forgets what nobody asks it for any more")]


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Both, in the order that every stage has: another order would be another task definition, and roll the tasks."""
    return tuple(action for action in _ACTIONS if action in {*first, *second})


def _needs(stage: Stage) -> tuple[Phase, ...]:
    """What must be there before the stage is applied; each is done at once when it is there already."""
    if stage.monolith_image != "monolith":
        return ()
    return (Publish(service="monolith"), Seed(), *(Publish(service=service) for service in stage.microservices))


def _once(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    """The phases without the publishing and seeding that an earlier phase does."""
    kept: list[Phase] = []
    for phase in phases:
        if isinstance(phase, (Apply, Watch)) or phase not in kept:
            kept.append(phase)
    return tuple(kept)
