"""What a deploy does, as data: an ordered list of phases that ``cli.deploy`` obeys and ``make plan`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from cli.facade_moves import moves
from cli.phases import ALL, Apply, Compare, Live, Phase, Publish, Seed, Tasks, Watch
from cli.revisions import Revisions, steps_from
from systems.facade_way import FacadeWay
from systems.stage import Stage
from systems.system import System

_WORSE: Final = "the requests go back, because who got them is worse"

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})


def plan(
    live: Live,
    goal: str,
    *,
    system: System,
    canary: tuple[int, ...] = (),
    compares: bool = False,
    image_tags: Mapping[str, str] = NO_TAGS,
    facade_way: FacadeWay = FacadeWay.PUBLIC,
) -> tuple[Phase, ...]:
    """Plan a walk from what is there to stage ``goal`` of the system, hop by hop.

    No phase leaves a path without a service that can answer it. The monolith adds a route before the route comes to it,
    and drops it after it has left. A new service starts behind rules that give it nothing, and gets its requests when
    it is steady. A service that leaves gives its requests back first. A walk that was cut off, or changed by hand,
    goes on from what is there: a weight only moves towards its end, all of the path or nothing. Services that run get
    their new revisions before the walk begins.

    Args:
        live: what is there.
        goal: name of a stage.
        system: what is deployed.
        canary: the steps in which requests come to whoever is to serve them, in percent.
        compares: whether answers are compared before the first request comes to whoever is to serve.
        image_tags: of what each service is to run; what it runs already where it is not named.
        facade_way: how services are to reach the monolith's facade; it moves before the walk begins.
    """
    # Before the first deploy there is nobody whose requests could be shared.
    canary, compares = (canary, compares) if live.stage else ((), False)
    return _Planner(system, canary, image_tags, compares=compares, facade_way=facade_way).phases(live, goal)


class _Planner:
    """Plans walks of one system."""

    def __init__(
        self,
        system: System,
        canary: tuple[int, ...],
        image_tags: Mapping[str, str],
        *,
        compares: bool,
        facade_way: FacadeWay,
    ) -> None:
        self._facade_way = facade_way
        self._system = system
        self._canary = canary
        self._image_tags = image_tags
        self._compares = compares

    def phases(self, live: Live, goal: str) -> tuple[Phase, ...]:
        """See ``plan``."""
        if live.stage is None:
            return _once(phase for before, stage in self._pairs(None, goal) for phase in self._hop(before, stage, {}))
        current, end = self._system.stage_by_name[live.stage], self._system.stage_by_name[goal]
        weights = {service: live.weights.get(service, 0) for service in current.separate}
        leaving = {service: weight for service, weight in weights.items() if service not in end.separate}
        revised = [*self._revise(current, live, weights), *self._move_facade(current, live, weights)]
        phases = [*revised, *self._settle(current, end, live, weights, was_applied=bool(revised))]
        for before, stage in self._pairs(live.stage, goal):
            phases += self._hop(before, stage, leaving)
            # One that comes again in a later stage of the walk begins anew.
            leaving = {service: weight for service, weight in leaving.items() if service in stage.separate}
        return _once(phases)

    def _revise(self, current: Stage, live: Live, weights: Mapping[str, int]) -> list[Phase]:
        """Bring new revisions to the services that run, while everything else stays as it is."""
        if not self._is_served(current, live):
            return []
        stays = live.facade.reached if moves(live.facade, self._facade_way) else None

        def as_it_is(why: str) -> Apply:
            return replace(self._as_it_is(current, live, weights, why=why), facade_way=stays)

        asked = tuple(service for service in live.image_tags if weights.get(service, ALL) > 0)
        revisions = Revisions.of(live, self._image_tags, self._canary, asked=asked, compares=self._compares)
        phases = revisions.phases(as_it_is)
        return [*self._needs(current), *phases] if phases else []

    def _move_facade(self, current: Stage, live: Live, weights: Mapping[str, int]) -> list[Phase]:
        """Bring the way to the facade to where it is to be, while everything else stays as it is."""
        found: list[Phase] = [
            replace(self._as_it_is(current, live, weights, why=why), facade_way=way)
            for way, why in moves(live.facade, self._facade_way).items()
        ]
        return [*self._needs(current), *found] if found else []

    def _as_it_is(self, current: Stage, live: Live, weights: Mapping[str, int], *, why: str) -> Apply:
        if not self._is_served(current, live):
            return Apply(stage=current.name, why=why)
        shares = {service: weight for service, weight in weights.items() if weight < ALL}
        return self._apply(current, weights=shares, routes=self._union(live.routes or (), ()), why=why)

    def _is_served(self, current: Stage, live: Live) -> bool:
        """Whether the monolith runs: not in the placeholder, nor where a first deploy was cut off before it came."""
        return not current.placeholder and self._system.monolith.name in live.image_tags

    def _pairs(self, start: str | None, goal: str) -> Iterable[tuple[Stage | None, Stage]]:
        before = self._system.stage_by_name[start] if start is not None else None
        for stage in self._system.walk(start, goal):
            yield before, stage
            before = stage

    def _settle(
        self, current: Stage, end: Stage, live: Live, weights: Mapping[str, int], *, was_applied: bool
    ) -> list[Phase]:
        """Make of what is there the whole of its stage, and that up to date where the walk ends there.

        ``was_applied``: phases before this one bring everything of the stage already.
        """
        leaving = {service: weight for service, weight in weights.items() if service not in end.separate}
        waiting = {service: weight for service, weight in weights.items() if service not in leaving and weight < ALL}
        wanted = self._wanted(current, leaving)
        both = self._union(live.routes or (), self._wanted(current, {**leaving, **waiting}))
        is_cut_off = live.routes is not None and set(live.routes) != set(wanted)
        phases: list[Phase] = []
        if waiting:
            phases = self._arrive(current, waiting, both, leaving)
        elif is_cut_off:
            phases = [self._apply(current, weights=leaving, routes=both, why="finish the deploy that was cut off")]
        elif live.is_behind:
            # An image is published, and a path led to the monolith's group for it, before the next stage is applied.
            phases = [self._apply(current, weights=leaving, routes=both, why="what the walk relies on")]
        if current is not end:
            return [*self._needs(current), *phases] if phases else []
        if not phases:
            phases = [] if was_applied else [Apply(stage=current.name, why="bring everything up to date")]
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
        phases += self._leave(before, gone, both, kept_before)
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
        monolith = Tasks(service=self._system.monolith.name)
        if self._compares:
            phases += [
                Compare(new=Tasks(service=service), old=monolith) for service, weight in new.items() if weight == 0
            ]
        for step in steps_from(self._canary, new.values()):
            share = {service: max(step, weight) for service, weight in new.items()}
            if share != new:
                why = "a share of the path"
                phases.append(self._apply(stage, weights={**kept, **share}, routes=both, why=why))
            phases += [
                Watch(
                    new=Tasks(service=service),
                    old=replace(monolith, for_others=True),
                    weight=step,
                    back=(self._apply(stage, weights={**kept, **share, service: 0}, routes=both, why=_WORSE),),
                )
                for service, weight in new.items()
                if weight <= step
            ]
        phases.append(self._apply(stage, weights=kept, routes=both, why="the path goes to the new service"))
        return phases

    def _leave(
        self, stage: Stage, gone: tuple[str, ...], both: tuple[str, ...], kept: Mapping[str, int]
    ) -> list[Phase]:
        """Let the monolith have the paths of the services in ``gone`` again, in steps.

        ``kept`` are percentages that services get now, 100 where they are not named.
        """
        now = {service: kept.get(service, ALL) for service in gone}
        monolith = Tasks(service=self._system.monolith.name)
        phases: list[Phase] = []
        if self._compares:
            phases += [
                Compare(new=monolith, old=Tasks(service=service)) for service, weight in now.items() if weight == ALL
            ]
        for step in steps_from(self._canary, (ALL - weight for weight in now.values())):
            share = {service: min(ALL - step, weight) for service, weight in now.items()}
            if share != now:
                why = "a share of the path goes back"
                phases.append(self._apply(stage, weights={**kept, **share}, routes=both, why=why))
            back = self._apply(stage, weights={**kept, **share, **dict.fromkeys(gone, ALL)}, routes=both, why=_WORSE)
            phases += [
                Watch(
                    new=replace(monolith, for_others=True),
                    old=Tasks(service=service),
                    weight=step,
                    back=(back,),
                )
                for service, weight in now.items()
                if weight >= ALL - step
            ]
        if any(now.values()):
            nothing = {**kept, **dict.fromkeys(gone, 0)}
            why = "the path goes back to the monolith"
            phases.append(self._apply(stage, weights=nothing, routes=both, why=why))
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
        shared = tuple(service for service, weight in kept.items() if weight < ALL)
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
        if isinstance(phase, (Apply, Compare, Watch)) or phase not in kept:
            kept.append(phase)
    return tuple(kept)
