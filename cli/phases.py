"""The phases of a deploy, as data, and what is there before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from modules.fargate_service.shapes import CANARY_SUFFIX, FALLBACK_SUFFIX, INTERNAL_CANARY_SUFFIX, INTERNAL_SUFFIX
from systems.facade_way import FacadeWay

ALL: Final = 100
"""Percent."""


def are_shared(*percentages: Mapping[str, int]) -> bool:
    """Whether some service gets a part of the requests and others the rest, by any of these percentages."""
    return any(0 < share < ALL for shares in percentages for share in shares.values())


def described(weights: Mapping[str, int], canaries: Mapping[str, int]) -> list[str]:
    """Who gets how much, for people: services of their paths, and canaries of their service's requests."""
    return [
        *(f"{service} gets {weight} %" for service, weight in weights.items()),
        *(f"the new {service} gets {weight} %" for service, weight in canaries.items()),
    ]


def as_sentence(what: object) -> str:
    """The text of it with a capital."""
    text = str(what)
    return f"{text[:1].upper()}{text[1:]}"


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """One set of tasks of a service: its own, or its canary, which tries a new revision.

    Attributes:
        service: whose they are.
        canary: they are its canary's.
        for_others: looked at only as far as they answer on the paths of services that fall back on this one.
    """

    service: str
    canary: bool = False
    for_others: bool = False

    @property
    def short_name(self) -> str:
        """Name of its ECS service, without the environment's."""
        return self.service + CANARY_SUFFIX if self.canary else self.service

    @property
    def group_name(self) -> str:
        """Name of its target group, without the environment's."""
        return self.service + FALLBACK_SUFFIX if self.for_others else self.short_name

    @property
    def internal_group_name(self) -> str | None:
        """Name of its target group behind the internal load balancer, which may be there; None: it never is."""
        suffix = INTERNAL_CANARY_SUFFIX if self.canary else INTERNAL_SUFFIX
        return None if self.for_others else self.service + suffix

    def __str__(self) -> str:
        return f"the new revision of {self.service}" if self.canary else self.service


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
        canaries: percent of a service's requests that its canary gets; where it is not named, the canary has no tasks.
        held: services whose own tasks keep the revision that they run.
        image_tags: of services that do not get the image of the deploy.
        facade_way: how services reach the monolith's facade, where that is not what the settings say.
        why: for the person who reads the plan.
        back: what to do when ECS does not keep a revision that is asked for here.
    """

    stage: str
    weights: Mapping[str, int] = field(default_factory=dict)
    routes: tuple[str, ...] | None = None
    canaries: Mapping[str, int] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    image_tags: Mapping[str, str] = field(default_factory=dict)
    facade_way: FacadeWay | None = None
    why: str
    back: tuple[Apply, ...] = ()

    @property
    def shares_requests(self) -> bool:
        """Whether some rule then sends requests to more than one set of tasks."""
        return are_shared(self.weights, self.canaries)

    def __str__(self) -> str:
        return ", ".join([f"apply {self.stage}", *described(self.weights, self.canaries)]) + f": {self.why}"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Compare tasks under a share of the requests with those that served them before.

    Attributes:
        new, old: the tasks.
        weight: percent that the new ones get.
        back: what to do when the new ones are worse.
    """

    new: Tasks
    old: Tasks
    weight: int
    back: tuple[Apply, ...] = ()

    def __str__(self) -> str:
        return f"watch {self.new} at {self.weight} %"


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Compare the answers of tasks that no request comes to yet with those of the tasks that serve.

    Attributes:
        new, old: the tasks.
        back: what to do when the answers differ.
    """

    new: Tasks
    old: Tasks
    back: tuple[Apply, ...] = ()

    def __str__(self) -> str:
        return f"compare answers of {self.new} with those of {self.old}"


Phase = Publish | Seed | Apply | Compare | Watch


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A canary that has tasks: the image tag that they run, and the percentage of its service's requests they get."""

    image_tag: str
    weight: int


@dataclass(frozen=True, kw_only=True)
class FacadeLive:
    """How far the way to the monolith's facade is inside the VPC.

    Attributes:
        reached: the furthest step all of which is there.
        begun: the furthest step of which something is there.
        has_callers: whether a service calls the facade.
    """

    reached: FacadeWay = FacadeWay.PUBLIC
    begun: FacadeWay = FacadeWay.PUBLIC
    has_callers: bool = False


@dataclass(frozen=True, kw_only=True)
class Live:
    """What is really there.

    Attributes:
        stage: the stage that was applied last, or None.
        weights: percent that each separate service gets of its requests now; one that has no rule is not named.
        routes: what the running monolith serves of the services' routes; None while the placeholder runs, and where a
            system's monolith serves the same in every stage.
        image_tags: of what each service's own tasks run, without services that run an image of somebody else.
        canaries: those that have tasks, by service.
        lacks_registries: whether a service of the system has no registry yet, since it was added after the last apply.
        lacks_fallback_group: whether the monolith's tasks are in no target group for the paths that move, since an
            earlier version deployed them.
        facade: how far the way to its facade is inside.
    """

    stage: str | None
    weights: Mapping[str, int] = field(default_factory=dict)
    routes: tuple[str, ...] | None = None
    image_tags: Mapping[str, str] = field(default_factory=dict)
    canaries: Mapping[str, Canary] = field(default_factory=dict)
    lacks_registries: bool = False
    lacks_fallback_group: bool = False
    facade: FacadeLive = field(default_factory=FacadeLive)

    @property
    def is_behind(self) -> bool:
        """Whether something that a walk relies on is not there yet."""
        return self.lacks_registries or self.lacks_fallback_group
