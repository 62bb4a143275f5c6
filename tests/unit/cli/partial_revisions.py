"""A model of the revisions that services run, and of a delivery of others that is killed at any moment.

The model of an apply: the rule changes first, then tasks in any order, each done or not when it is killed. ECS may also
give a canary's new tasks up and start the revision that it had before. What else an apply changes, ``partial_applies``
models; ``Deployed`` is both together.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from cli.phases import Apply, Canary, Live
from systems.service import Mode
from systems.system import System
from tests.unit.cli import partial_applies
from tests.unit.cli.partial_applies import World


@dataclass(frozen=True)
class Slots:
    """Both sets of tasks of one service: image tags of both, whether the canary has tasks, and its percentage."""

    own: str
    canary: str = ""
    has_tasks: bool = False
    weight: int = 0


_NONE = Slots(own="")
"""Of a service that is not there."""

Fleet = Mapping[str, Slots]


def at_rest(tags: Mapping[str, str]) -> Fleet:
    """All of these services by their image tags, no canary with tasks."""
    return {name: Slots(own=tag, canary=tag) for name, tag in tags.items()}


def tags_of(fleet: Fleet) -> dict[str, str]:
    """What each service's own tasks run."""
    return {name: slots.own for name, slots in fleet.items()}


def is_at_rest(fleet: Fleet) -> bool:
    """Whether no canary has tasks or requests."""
    return all(not slots.has_tasks and not slots.weight for slots in fleet.values())


def with_fleet(live: Live, fleet: Fleet) -> Live:
    """What ``cli.live`` reads of both."""
    canaries = {
        name: Canary(image_tag=slots.canary, weight=slots.weight)
        for name, slots in fleet.items()
        if slots.has_tasks or slots.weight
    }
    return replace(live, image_tags=tags_of(fleet), canaries=canaries)


def after(fleet: Fleet, apply: Apply, wanted: Mapping[str, str], running: Collection[str]) -> Fleet:
    """What an apply that is not killed leads to, after which the services in ``running`` are there."""
    found = {}
    for name in running:
        tag = apply.image_tags.get(name, wanted[name])
        found[name] = Slots(
            own=fleet[name].own if name in apply.held else tag,
            canary=tag,
            has_tasks=name in apply.canaries,
            weight=apply.canaries.get(name, 0),
        )
    return found


def moments(now: Fleet, goal: Fleet) -> Iterator[Fleet]:
    """Every state in which an apply may be killed, and those in which ECS did not keep a revision.

    One that comes or goes is in all of them: whether it is there in one, the model of the rest of an apply knows.
    """
    names = {**now, **goal}
    choices = [_moments_of(now.get(name) or goal[name], goal.get(name) or now[name]) for name in names]
    for chosen in itertools.product(*choices):
        yield dict(zip(names, chosen, strict=True))


@functools.cache
def _moments_of(now: Slots, goal: Slots) -> list[Slots]:
    ruled = replace(now, weight=goal.weight)
    rolled = [ruled, replace(ruled, canary=goal.canary, has_tasks=goal.has_tasks)]
    if goal.has_tasks and not now.has_tasks:
        rolled.append(replace(ruled, has_tasks=True))
    return list(dict.fromkeys([now, *rolled, *(replace(one, own=goal.own) for one in rolled)]))


def problems(now: Fleet, goal: Fleet, *, earns: Collection[str]) -> list[str]:
    """What visitors would notice of an apply; whoever is in ``earns`` must not get a revision that was not tried."""
    found = []
    for name in {**now, **goal}:
        before, after_it = now.get(name, _NONE), goal.get(name, _NONE)
        has_requests = max(before.weight, after_it.weight) > 0
        if has_requests and not (before.has_tasks and after_it.has_tasks):
            found.append(f"the canary of {name} is asked while it comes or goes")
        if after_it.weight > 0 and before.canary != after_it.canary:
            found.append(f"the canary of {name} becomes another one under requests")
        was_tried = before.has_tasks and before.canary == after_it.own and after_it.weight == 100
        if name in earns and name in now and name in goal and before.own != after_it.own and not was_tried:
            found.append(f"{name} takes a revision that has not earned it")
    return found


@dataclass(frozen=True)
class Deployed:
    """What is deployed, and the revisions that its services run."""

    world: World
    fleet: tuple[tuple[str, Slots], ...]

    @classmethod
    def of(cls, world: World, fleet: Fleet) -> Deployed:
        """Of a fleet in any order, and only with the services that the world has."""
        monolith = world.system.monolith.name
        has_monolith = world.routes is not None
        there = {name: has_monolith if name == monolith else bool(world.service(name).mode) for name in fleet}
        return cls(world=world, fleet=tuple(sorted((name, one) for name, one in fleet.items() if there[name])))

    @classmethod
    def at(cls, stage: str, tags: Mapping[str, str], system: System) -> Deployed:
        """All of a stage, each service with its own of these image tags, at rest."""
        return cls.of(partial_applies.world_at(stage, system), at_rest(tags))

    def live(self) -> Live:
        """What ``cli.live`` reads of it."""
        is_placeholder = self.world.system.stage_by_name[self.world.stage].placeholder
        return self.world.live() if is_placeholder else with_fleet(self.world.live(), dict(self.fleet))

    def after(self, apply: Apply, wanted: Mapping[str, str]) -> Deployed:
        """What an apply that is not killed leads to; own tasks that it holds keep how their service lives, too."""
        world, system = partial_applies.goal_of(apply, self.world.system), self.world.system
        assert system.monolith.name not in apply.held or world.routes == self.world.routes, apply
        services = {
            name: replace(one, mode=self.world.service(name).mode) if name in apply.held else one
            for name, one in world.services
        }
        running = (*services, system.monolith.name) if world.serves else ()
        fleet = after(dict(self.fleet), apply, wanted, running)
        serves = world.serves and (self.world.serves or not partial_applies.lost_requests(world, world))
        return Deployed.of(replace(world, services=tuple(services.items()), serves=serves), fleet)

    def problems(self, goal: Deployed, *, earns: bool) -> list[str]:
        """What visitors would notice of an apply; ``earns``: whoever is asked gets no revision that was not tried."""
        if not (self.world.serves and goal.world.serves):
            return []
        asked = [self.world.system.monolith.name, *(name for name, one in self.world.services if one.weight)]
        return [
            *partial_applies.lost_requests(self.world, goal.world),
            *problems(dict(self.fleet), dict(goal.fleet), earns=asked if earns else ()),
            *goal._missed_facades(),
        ]

    def _missed_facades(self) -> Iterator[str]:
        """Canaries live as their stage says, also while own tasks are held that live otherwise."""
        system, stage = self.world.system, self.world.system.stage_by_name[self.world.stage]
        for name, slots in self.fleet:
            is_asked = slots.weight and self.world.service(name).weight
            if is_asked and stage.mode(name) is Mode.FACADE:
                served = system.facade_name(system.service_by_name[name]) in (self.world.routes or ())
                yield from () if served else (f"the canary of {name} misses its facade",)

    def moments(self, goal: Deployed) -> Iterator[Deployed]:
        """Every state that an apply may be killed in, its end included."""
        fleets = list(moments(dict(self.fleet), dict(goal.fleet)))
        for world in partial_applies.moments(self.world, goal.world):
            for fleet in fleets:
                yield Deployed.of(world, fleet)
