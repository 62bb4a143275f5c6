"""A model of what is deployed and of a Terraform apply that is killed at any moment.

An apply is a set of changes, each done or not when it is killed; what depends on another change comes after it. A
rollout that has begun goes on by itself, as in ECS, and the next run waits for its end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cli.phases import Apply, Live
from mysfits.system import SYSTEM
from systems.service import Mode
from systems.system import System

Change = tuple[str, str]
"""What changes, and of which service (empty where that is clear)."""

ORDER: tuple[tuple[str, str], ...] = (("rule", "service"), ("service gone", "rule gone"))
"""Of the same service, the first before the second: a service needs its rule, and goes before it."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A separate service: percent of its path by its rule (None: it has no rule), and its mode (None: none runs)."""

    weight: int | None = None
    mode: Mode | None = None


@dataclass(frozen=True, kw_only=True)
class World:
    """What is deployed.

    Attributes:
        stage: the one in the Terraform state.
        routes: what the monolith serves; None where the placeholder runs.
        services: the separate services by name.
        system: whose stage it is.
        serves: whether a monolith was ever applied as a whole; before that nobody is promised anything.
    """

    stage: str
    routes: frozenset[str] | None
    services: tuple[tuple[str, Service], ...] = ()
    system: System = field(default=SYSTEM, hash=False)
    serves: bool = True

    def service(self, name: str) -> Service:
        return dict(self.services).get(name, Service())

    def live(self) -> Live:
        """What ``cli.live`` reads of it."""
        weights = {name: one.weight for name, one in self.services if one.weight is not None}
        if self.system.stage_by_name[self.stage].placeholder:
            return Live(stage=self.stage)
        return Live(stage=self.stage, weights=weights, routes=None if self.routes is None else tuple(self.routes))


def world_at(name: str, system: System = SYSTEM) -> World:
    """All of a stage."""
    stage = system.stage_by_name[name]
    services = {service: Service(weight=100, mode=stage.mode(service)) for service in stage.separate}
    routes = None if stage.placeholder else frozenset(system.monolith_routes(stage))
    return World(
        stage=name, routes=routes, services=tuple(sorted(services.items())), system=system, serves=not stage.placeholder
    )


def goal_of(phase: Apply, system: System = SYSTEM) -> World:
    """What an apply that is not killed leads to."""
    whole = world_at(phase.stage, system)
    services = {
        name: replace(service, weight=phase.weights.get(name, 100)) for name, service in dict(whole.services).items()
    }
    routes = whole.routes if phase.routes is None else frozenset(phase.routes)
    return replace(whole, routes=routes, services=tuple(sorted(services.items())))


def changes(now: World, goal: World) -> list[Change]:
    """What an apply has to do, in no order."""
    found: list[Change] = [("stage", "")] if now.stage != goal.stage else []
    if now.routes != goal.routes:
        found.append(("monolith", ""))
    for name in sorted({*dict(now.services), *dict(goal.services)}):
        old, new = now.service(name), goal.service(name)
        if old.weight != new.weight:
            found.append(("rule gone" if new.weight is None else "rule", name))
        if old.mode is not new.mode:
            found.append(("service gone" if new.mode is None else "service", name))
    return found


def moments(now: World, goal: World) -> Iterator[World]:
    """Every state that an apply may be killed in, its end included.

    A first deploy, and the way back to the placeholder, change everything at once. Of the many states that they may be
    killed in come those with one change done and with one left, and nothing of a second one that is killed: nobody is
    promised anything then.
    """
    todo = changes(now, goal)
    whole = range(len(todo) + 1)
    some = {*whole[:2], *whole[-2:]} if now.serves or not now.services else whole[-1:]
    counts = whole if now.serves and goal.serves else some
    for count in counts:
        for done in itertools.combinations(todo, count):
            if all(_in_order(todo, done, first, second) for first, second in ORDER):
                yield after(now, goal, done)


def _in_order(todo: list[Change], done: tuple[Change, ...], first: str, second: str) -> bool:
    return all((first, name) in done or (first, name) not in todo for kind, name in done if kind == second)


def after(now: World, goal: World, done: tuple[Change, ...]) -> World:
    """``now`` with the changes in ``done``."""
    stage = goal.stage if ("stage", "") in done else now.stage
    routes = goal.routes if ("monolith", "") in done else now.routes
    services: dict[str, Service] = {}
    for name in sorted({*dict(now.services), *dict(goal.services)}):
        one, new = now.service(name), goal.service(name)
        if {("rule", name), ("rule gone", name)} & set(done):
            one = replace(one, weight=new.weight)
        if {("service", name), ("service gone", name)} & set(done):
            one = replace(one, mode=new.mode)
        if one != Service():
            services[name] = one
    serves = goal.serves if set(done) == set(changes(now, goal)) else now.serves and goal.serves
    return World(stage=stage, routes=routes, services=tuple(services.items()), system=now.system, serves=serves)


def lost_requests(now: World, goal: World) -> list[str]:
    """Paths that may fail for a moment while an apply leads from ``now`` to ``goal``; old and new are live at once."""
    if not (now.serves and goal.serves):
        return []
    assert now.routes is not None
    assert goal.routes is not None
    served = now.routes & goal.routes
    found: list[str] = []
    for path, service in now.system.service_by_name.items():
        old, new = now.service(path), goal.service(path)
        shares = [old.weight or 0, new.weight or 0]
        if min(shares) < 100 and path not in served and not service.stays_inline:
            found.append(f"the monolith is asked for {path}")
        if max(shares) > 0 and (old.mode is None or new.mode is None):
            found.append(f"{path} is asked while it comes or goes")
        if max(shares) > 0 and Mode.FACADE in (old.mode, new.mode) and now.system.facade_name(service) not in served:
            found.append(f"{path} misses its facade")
    return found
