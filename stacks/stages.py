"""The stage table: what runs in each stage of the walk, as data. Everything else asks this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stop of the walk.

    Attributes:
        name: value of STAGE.
        means: one line for help and documentation.
        lab: the workshop's steps that it stands for.
        monolith_image: "placeholder" (public NGINX) or "monolith" (our registry).
        monolith_actions: the POST actions below ``/mysfits/{id}/`` that the monolith serves in this stage, given to
            it as MYSFIT_ACTIONS; one immutable image serves every stage.
        microservices: names of the services that have a path of their own on the load balancer.
        microservices_persist: whether they write to the database themselves, rather than through the monolith's facade.
    """

    name: str
    means: str
    lab: str
    monolith_image: str = "monolith"
    monolith_actions: tuple[str, ...] = ()
    microservices: tuple[str, ...] = ()
    microservices_persist: bool = False


_IN_ORDER: Final = (
    Stage(
        name="placeholder",
        means="NGINX placeholder behind the ALB",
        lab="lab 3, step 1",
        monolith_image="placeholder",
    ),
    Stage(
        name="monolith",
        means="everything in the monolith",
        lab="labs 2-3",
        monolith_actions=("like", "adopt"),
    ),
    Stage(
        name="glue",
        means="plus the facade: fulfill-like and fulfill-adopt",
        lab="lab 4, 1-3",
        monolith_actions=("like", "adopt", "fulfill-like", "fulfill-adopt"),
    ),
    Stage(
        name="split",
        means="like service serves /mysfits/*/like through the facade",
        lab="lab 4, 4-7",
        monolith_actions=("like", "adopt", "fulfill-like", "fulfill-adopt"),
        microservices=("like",),
    ),
    Stage(
        name="strangled",
        means="the monolith no longer serves /like",
        lab="lab 4, 8-10",
        monolith_actions=("adopt", "fulfill-like", "fulfill-adopt"),
        microservices=("like",),
    ),
    Stage(
        name="adopt",
        means="adoption service serves /mysfits/*/adopt in the same way",
        lab="lab 4, checkpoint",
        monolith_actions=("fulfill-like", "fulfill-adopt"),
        microservices=("like", "adopt"),
    ),
    Stage(
        name="extracted",
        means="like and adoption service persist by themselves, the facade is gone",
        lab="lab 4, “until it can be fully replaced”",
        microservices=("like", "adopt"),
        microservices_persist=True,
    ),
)

STAGES: Final[Mapping[str, Stage]] = MappingProxyType({stage.name: stage for stage in _IN_ORDER})
"""Stages by name, in the order of the walk."""


def walk(start: str | None, goal: str) -> tuple[Stage, ...]:
    """The stages to pass from ``start`` (None: nothing deployed) to ``goal``, goal included, start excluded.

    Neighbours in order, forwards or backwards; empty when already there.

    Raises:
        KeyError: a name that is not in STAGES.
    """
    names = list(STAGES)
    begin = -1 if start is None else names.index(STAGES[start].name)
    end = names.index(STAGES[goal].name)
    step = 1 if end >= begin else -1
    return tuple(STAGES[names[i]] for i in range(begin + step, end + step, step)) if begin != end else ()
