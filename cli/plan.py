"""What a deploy does, as data: an ordered list of phases that ``cli.deploy`` obeys and ``make plan`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from systems.stage import Stage
from systems.system import System

_ALL: Final = 100
"""Percent."""


@dataclass(frozen=True, kw_only=True)
class Publish:
    """Publish the image of a service from its sources in the checkout."""

    service: str

    def __str__(self) -> str:
        return f"publish {self.service}"


@dataclass(frozen=True, kw_only=True)
class Seed:
    """Put the items that the tables lack."""

    def __str__(self) -> str:
        return "seed the tables"


@dataclass(frozen=True, kw_only=True)
class Apply:
    """Apply the stack of ``stage``.

    Attributes:
        weights: percent of its requests that a separate service gets; 100 where it is not named.
        routes: what the monolith serves of the services' routes, where that is not what the stage says.
        why: for the person who reads the plan.
    """

    stage: str
    weights: Mapping[str, int] = field(default_factory=dict)
    routes: tuple[str, ...] | None = None
    why: str

    def __str__(self) -> str:
        shares = "".join(f", {service} gets {weight} %" for service, weight in self.weights.items())
        return f"apply {self.stage}{shares}: {self.why}"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Compare a service under a share of its requests with the monolith, and go back to 0 % when it is worse."""

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
        weights: percent that each separate service gets of its requests now; one that has no rule is not named.
        routes: what the running monolith serves of the services' routes; None while the placeholder runs, and where a
            system's monolith serves the same in every stage.
        lacks_registries: whether a service of the system has no registry yet, since it was added after the last apply.
    """

    stage: str | None
    weights: Mapping[str, int] = field(default_factory=dict)
    routes: tuple[str, ...] | None = None
    lacks_registries: bool = False


def plan(live: Live, goal: str, *, system: System, canary: tuple[int, ...] = ()) -> tuple[Phase, ...]:
    """Plan a walk from what is there to stage ``goal`` of the system, hop by hop.

    No phase leaves a path without a service that can answer it. The monolith adds a route before the route comes to it,
    and drops it after it has left. A new service starts behind rules that give it nothing, and gets its requests when
    it is steady. A service that leaves gives its requests back first. A walk that was cut off, or changed by hand,
    goes on from what is there: a weight only moves towards its end, all of the path or nothing.

    Args:
        live: what is there.
        goal: name of a stage.
        system: what is deployed.
        canary: the steps of a weight on its way up, in percent.
    """
    return _Planner(system, canary).phases(live, goal)


class _Planner:
    """Plans walks of one system."""

    def __init__(self, system: System, canary: tuple[int, ...]) -> None:
        self._system = system
        self._canary = canary

    def phases(self, live: Live, goal: str) -> tuple[Phase, ...]:
        """See ``plan``."""
        if live.stage is None:
            return _once(phase for before, stage in self._pairs(None, goal) for phase in self._hop(before, stage, {}))
        current, end = self._system.stage_by_name[live.stage], self._system.stage_by_name[goal]
        weights = {service: live.weights.get(service, 0) for service in current.separate}
        leaving = {service: weight for service, weight in weights.items() if service not in end.separate}
        phases = self._settle(current, end, live, weights)
        for before, stage in self._pairs(live.stage, goal):
            phases += self._hop(before, stage, leaving)
            # One that comes again in a later stage of the walk begins anew.
            leaving = {service: weight for service, weight in leaving.items() if service in stage.separate}
        return _once(phases)

    def _pairs(self, start: str | None, goal: str) -> Iterable[tuple[Stage | None, Stage]]:
        before = self._system.stage_by_name[start] if start is not None else None
        for stage in self._system.walk(start, goal):
            yield before, stage
            before = stage

    def _settle(self, current: Stage, end: Stage, live: Live, weights: Mapping[str, int]) -> list[Phase]:
        """Make of what is there the whole of its stage, and that up to date where the walk ends there."""
        leaving = {service: weight for service, weight in weights.items() if service not in end.separate}
        waiting = {service: weight for service, weight in weights.items() if service not in leaving and weight < _ALL}
        wanted = self._wanted(current, leaving)
        both = self._union(live.routes or (), self._wanted(current, {**leaving, **waiting}))
        is_cut_off = live.routes is not None and set(live.routes) != set(wanted)
        phases: list[Phase] = []
        if waiting:
            phases = self._arrive(current, waiting, both, leaving)
        elif is_cut_off:
            phases = [self._apply(current, weights=leaving, routes=both, why="finish the deploy that was cut off")]
        elif live.lacks_registries:
            # An image is published before the stage that runs it is applied, so its registry comes with this one.
            phases = [self._apply(current, weights=leaving, routes=both, why="registries for new services")]
        if current is not end:
            return [*self._needs(current), *phases] if phases else []
        if not phases:
            phases = [Apply(stage=current.name, why="bring everything up to date")]
        elif set(both) != set(wanted):
            phases.append(self._forget(current, {}))
        return [*self._needs(current), *phases]

    def _hop(self, before: Stage | None, stage: Stage, leaving: Mapping[str, int]) -> list[Phase]:
        """From one stage, all of which is there, to its neighbour.

        ``leaving``: what each service gets that will be gone at the end of the walk, until it gives its path back.
        """
        phases: list[Phase] = [*self._needs(stage)]
        if before is None or before.placeholder or stage.placeholder:
            return [*phases, Apply(stage=stage.name, why=stage.means)]
        new = tuple(service for service in stage.separate if service not in before.separate)
        gone = tuple(service for service in before.separate if service not in stage.separate)
        kept_before = {service: leaving[service] for service in before.separate if service in leaving}
        kept = {service: weight for service, weight in kept_before.items() if service in stage.separate}
        old, wanted = self._wanted(before, kept_before), self._wanted(stage, kept)
        both = self._union(old, wanted)
        moves = any(before.mode(name) is not stage.mode(name) for name in self._system.service_by_name)
        if moves and set(both) != set(old):
            why = "the monolith adds the routes that come to it"
            phases.append(self._apply(before, weights=kept_before, routes=both, why=why))
        if any(kept_before.get(service, _ALL) > 0 for service in gone):
            nothing = kept_before | dict.fromkeys(gone, 0)
            why = "the path goes back to the monolith"
            phases.append(self._apply(before, weights=nothing, routes=both, why=why))
        if new:
            phases += self._arrive(stage, dict.fromkeys(new, 0), both, kept)
            return [*phases, self._forget(stage, kept)] if set(both) != set(wanted) else phases
        if moves and set(both) != set(wanted):
            phases.append(self._apply(stage, weights=kept, routes=both, why="the services change their mode"))
        return [*phases, self._whole(stage, kept, why=stage.means)]

    def _arrive(
        self, stage: Stage, new: Mapping[str, int], both: tuple[str, ...], kept: Mapping[str, int]
    ) -> list[Phase]:
        """Make the services in ``new`` steady with the percentages they get now, then give them their paths in steps.

        ``kept`` are percentages of other services, which stay as they are.
        """
        up = any(new.values())
        steady = "everything but the weights" if up else "the new service becomes steady"
        phases: list[Phase] = [self._apply(stage, weights={**kept, **new}, routes=both, why=steady)]
        for step in self._canary:
            share = {service: max(step, weight) for service, weight in new.items()}
            watched = [service for service, weight in new.items() if weight < step]
            if watched:
                why = "a share of the path"
                phases.append(self._apply(stage, weights={**kept, **share}, routes=both, why=why))
                phases += [Watch(service=service, weight=step) for service in watched]
        phases.append(self._apply(stage, weights=kept, routes=both, why="the path goes to the new service"))
        return phases

    def _apply(self, stage: Stage, *, weights: Mapping[str, int], routes: tuple[str, ...], why: str) -> Apply:
        """An apply whose monolith serves ``routes``, where the system has a variable for that."""
        has_variable = self._system.monolith_routes_variable is not None
        return Apply(stage=stage.name, weights=weights, routes=routes if has_variable else None, why=why)

    def _whole(self, stage: Stage, kept: Mapping[str, int], *, why: str) -> Apply:
        """An apply of all of a stage, but for the percentages ``kept`` and what they mean for the monolith."""
        wanted = self._wanted(stage, kept)
        if wanted == self._system.monolith_routes(stage):
            return Apply(stage=stage.name, weights=kept, why=why)
        return self._apply(stage, weights=kept, routes=wanted, why=why)

    def _forget(self, stage: Stage, kept: Mapping[str, int]) -> Apply:
        return self._whole(stage, kept, why="the monolith drops the routes that have left it")

    def _wanted(self, stage: Stage, kept: Mapping[str, int]) -> tuple[str, ...]:
        """What the monolith is asked for in a stage in which services have these percentages, 100 where not named."""
        shared = tuple(service for service, weight in kept.items() if weight < _ALL)
        return self._union(self._system.monolith_routes(stage), shared)

    def _union(self, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
        """Both, in the order of every stage: another order would be another task definition, and roll the tasks."""
        return tuple(name for name in self._system.all_monolith_routes if name in {*first, *second})

    def _needs(self, stage: Stage) -> tuple[Phase, ...]:
        """What must be there before the stage is applied. What is there already takes no time."""
        if stage.placeholder:
            return ()
        return (
            Publish(service=self._system.monolith.name),
            Seed(),
            *(Publish(service=service) for service in stage.separate),
        )


def _once(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    """The phases without the publishing and seeding that an earlier phase does."""
    kept: list[Phase] = []
    for phase in phases:
        if isinstance(phase, (Apply, Watch)) or phase not in kept:
            kept.append(phase)
    return tuple(kept)
