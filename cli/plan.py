"""What a deploy does, as data: an ordered list of phases that ``cli.deploy`` obeys and ``make plan`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from stacks.stages import STAGES, Stage, walk

_ACTIONS: Final = tuple(dict.fromkeys(action for stage in STAGES.values() for action in stage.monolith_actions))
"""Every action that the monolith serves in any stage, in the order of the stage table."""
_ALL: Final = 100
"""Percent."""


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
    it is steady; one that leaves first gets nothing. An interrupted walk, or one that somebody changed by hand, goes on
    from what is there: a weight only ever moves towards its end, all of the path or nothing.
    """
    if live.stage is None:
        return _once(phase for before, stage in _pairs(None, goal) for phase in _hop(before, stage, canary, {}))
    current, end = STAGES[live.stage], STAGES[goal]
    weights = {service: live.weights.get(service, 0) for service in current.microservices}
    leaving = {service: weight for service, weight in weights.items() if service not in end.microservices}
    phases = _settle(current, end, live, weights, canary)
    for before, stage in _pairs(live.stage, goal):
        phases += _hop(before, stage, canary, leaving)
    return _once(phases)


def _pairs(start: str | None, goal: str) -> Iterable[tuple[Stage | None, Stage]]:
    before = STAGES[start] if start is not None else None
    for stage in walk(start, goal):
        yield before, stage
        before = stage


def _settle(current: Stage, end: Stage, live: Live, weights: Mapping[str, int], canary: tuple[int, ...]) -> list[Phase]:
    """Make of what is there the whole of its stage, and that up to date where the walk ends there."""
    leaving = {service: weight for service, weight in weights.items() if service not in end.microservices}
    waiting = {service: weight for service, weight in weights.items() if service not in leaving and weight < _ALL}
    both = _union(live.actions or (), current.monolith_actions)
    is_cut_off = live.actions is not None and set(live.actions) != set(current.monolith_actions)
    phases: list[Phase] = []
    if waiting:
        phases = _arrive(current, waiting, both, canary, leaving)
    elif is_cut_off:
        phases = [Apply(stage=current.name, weights=leaving, actions=both, why="finish what was cut off")]
    if current is not end:
        return [*_needs(current), *phases] if phases else []
    if not phases:
        phases = [Apply(stage=current.name, why="bring everything up to date")]
    elif set(both) != set(current.monolith_actions):
        phases.append(_forget(current))
    return [*_needs(current), *phases]


def _hop(before: Stage | None, stage: Stage, canary: tuple[int, ...], leaving: Mapping[str, int]) -> list[Phase]:
    """From one stage, all of which is there, to its neighbour.

    ``leaving``: what each service gets that will be gone at the end of the walk, until it gives its path back.
    """
    needs = [*_needs(stage)]
    if before is None or "placeholder" in (before.monolith_image, stage.monolith_image):
        return [*needs, Apply(stage=stage.name, why=stage.means)]
    new = tuple(service for service in stage.microservices if service not in before.microservices)
    gone = tuple(service for service in before.microservices if service not in stage.microservices)
    kept_before = {service: leaving[service] for service in before.microservices if service in leaving}
    kept = {service: weight for service, weight in kept_before.items() if service in stage.microservices}
    both = _union(before.monolith_actions, stage.monolith_actions)
    phases: list[Phase] = needs
    moves = new or gone or before.microservices_persist != stage.microservices_persist
    if moves and set(both) != set(before.monolith_actions):
        why = "the monolith learns what it will be asked for"
        phases.append(Apply(stage=before.name, weights=kept_before, actions=both, why=why))
    if any(kept_before.get(service, _ALL) > 0 for service in gone):
        nothing = kept_before | dict.fromkeys(gone, 0)
        phases.append(Apply(stage=before.name, weights=nothing, actions=both, why="the path goes back to the monolith"))
    if new:
        phases += _arrive(stage, dict.fromkeys(new, 0), both, canary, kept)
        return [*phases, _forget(stage)] if set(both) != set(stage.monolith_actions) else phases
    if moves and set(both) != set(stage.monolith_actions):
        phases.append(Apply(stage=stage.name, weights=kept, actions=both, why="the services change over"))
    return [*phases, Apply(stage=stage.name, weights=kept, why=stage.means)]


def _arrive(
    stage: Stage, new: Mapping[str, int], both: tuple[str, ...], canary: tuple[int, ...], kept: Mapping[str, int]
) -> list[Phase]:
    """Make the services in ``new`` steady with the percentages they get now, then give them their paths step by step.

    ``kept`` are percentages of other services, which stay as they are.
    """
    steady = "the new service becomes steady" if not any(new.values()) else "everything else first; the weights stay"
    phases: list[Phase] = [Apply(stage=stage.name, weights={**kept, **new}, actions=both, why=steady)]
    for step in canary:
        share = {service: max(step, weight) for service, weight in new.items()}
        watched = [service for service, weight in new.items() if weight < step]
        if watched:
            phases.append(Apply(stage=stage.name, weights={**kept, **share}, actions=both, why="a share of the path"))
            phases += [Watch(service=service, weight=step) for service in watched]
    phases.append(Apply(stage=stage.name, weights=kept, actions=both, why="the path goes to the new service"))
    return phases


def _forget(stage: Stage) -> Apply:
    return Apply(stage=stage.name, why="the monolith forgets what nobody asks it for any more")


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
