"""A model of what is deployed and of a Terraform apply that is killed at any moment.

An apply is a set of changes, each done or not when it is killed; what depends on another change comes after it. A
rollout that has begun goes on by itself, as in ECS, and the next run waits for its end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cli.plan import Apply, Live
from stacks.stages import STAGES

Change = tuple[str, str]
"""What changes, and of which service (empty where that is clear)."""

ORDER: tuple[tuple[str, str], ...] = (("rule", "service"), ("service gone", "rule gone"))
"""Of the same service, the first before the second: a service needs its rule, and goes before it."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A microservice: percent of its path by its rule (None: it has no rule), and how it persists (None: none runs)."""

    weight: int | None = None
    persists: bool | None = None


@dataclass(frozen=True, kw_only=True)
class World:
    """What is deployed.

    Attributes:
        stage: the one in the Terraform state.
        actions: what the monolith serves; None where the placeholder runs.
        services: the microservices by name.
    """

    stage: str
    actions: frozenset[str] | None
    services: tuple[tuple[str, Service], ...] = ()

    def service(self, name: str) -> Service:
        return dict(self.services).get(name, Service())

    def live(self) -> Live:
        """What ``cli.live`` reads of it."""
        weights = {name: one.weight for name, one in self.services if one.weight is not None}
        if STAGES[self.stage].monolith_image == "placeholder":
            return Live(stage=self.stage)
        return Live(stage=self.stage, weights=weights, actions=None if self.actions is None else tuple(self.actions))


def world_at(name: str) -> World:
    """All of a stage."""
    stage = STAGES[name]
    services = {service: Service(weight=100, persists=stage.microservices_persist) for service in stage.microservices}
    actions = None if stage.monolith_image == "placeholder" else frozenset(stage.monolith_actions)
    return World(stage=name, actions=actions, services=tuple(sorted(services.items())))


def goal_of(phase: Apply) -> World:
    """What an apply that is not killed leads to."""
    whole = world_at(phase.stage)
    services = {
        name: replace(service, weight=phase.weights.get(name, 100)) for name, service in dict(whole.services).items()
    }
    actions = whole.actions if phase.actions is None else frozenset(phase.actions)
    return replace(whole, actions=actions, services=tuple(sorted(services.items())))


def changes(now: World, goal: World) -> list[Change]:
    """What an apply has to do, in no order."""
    found: list[Change] = [("stage", "")] if now.stage != goal.stage else []
    if now.actions != goal.actions:
        found.append(("monolith", ""))
    for name in sorted({*dict(now.services), *dict(goal.services)}):
        old, new = now.service(name), goal.service(name)
        if old.weight != new.weight:
            found.append(("rule gone" if new.weight is None else "rule", name))
        if old.persists != new.persists:
            found.append(("service gone" if new.persists is None else "service", name))
    return found


def moments(now: World, goal: World) -> Iterator[World]:
    """Every state that an apply may be killed in, its end included."""
    todo = changes(now, goal)
    for count in range(len(todo) + 1):
        for done in itertools.combinations(todo, count):
            if all(_in_order(todo, done, first, second) for first, second in ORDER):
                yield after(now, goal, done)


def _in_order(todo: list[Change], done: tuple[Change, ...], first: str, second: str) -> bool:
    return all((first, name) in done or (first, name) not in todo for kind, name in done if kind == second)


def after(now: World, goal: World, done: tuple[Change, ...]) -> World:
    """``now`` with the changes in ``done``."""
    stage = goal.stage if ("stage", "") in done else now.stage
    actions = goal.actions if ("monolith", "") in done else now.actions
    services: dict[str, Service] = {}
    for name in sorted({*dict(now.services), *dict(goal.services)}):
        one, new = now.service(name), goal.service(name)
        if {("rule", name), ("rule gone", name)} & set(done):
            one = replace(one, weight=new.weight)
        if {("service", name), ("service gone", name)} & set(done):
            one = replace(one, persists=new.persists)
        if one != Service():
            services[name] = one
    return World(stage=stage, actions=actions, services=tuple(services.items()))


def lost_requests(now: World, goal: World) -> list[str]:
    """Paths that may fail for a moment while an apply leads from ``now`` to ``goal``; old and new are live at once."""
    if now.actions is None or goal.actions is None:
        return []  # nobody is promised anything of the placeholder
    served = now.actions & goal.actions
    found: list[str] = []
    for path in ("like", "adopt"):
        old, new = now.service(path), goal.service(path)
        shares = [old.weight or 0, new.weight or 0]
        if min(shares) < 100 and path not in served:
            found.append(f"the monolith is asked for {path}")
        if max(shares) > 0 and (old.persists is None or new.persists is None):
            found.append(f"{path} is asked while it comes or goes")
        if max(shares) > 0 and False in (old.persists, new.persists) and f"fulfill-{path}" not in served:
            found.append(f"{path} misses its facade")
    return found
