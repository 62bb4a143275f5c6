"""Which capacity provider a task runs on. This machine has one kind of capacity, so only the name differs here.

Source: "CapacityProviderStrategyItem" in the ECS API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from moto.ecs.exceptions import InvalidParameterException

PROVIDERS: Final = ("FARGATE", "FARGATE_SPOT")
"""Those of Fargate; others are groups of machines, which are not here."""

Strategy = Sequence[Mapping[str, Any]]


def choose(strategy: Strategy, running: Mapping[str, int]) -> str:
    """The provider of the next task: the one that lacks its base, then the one furthest below its weight.

    Args:
        strategy: of a service or of RunTask, not empty.
        running: tasks that there are, by provider.
    """
    for one in strategy:
        if running.get(one["capacityProvider"], 0) < int(one.get("base") or 0):
            return str(one["capacityProvider"])
    weighed = [one for one in strategy if int(one.get("weight") or 0) > 0]

    def fill(one: Mapping[str, Any]) -> float:
        beyond = running.get(one["capacityProvider"], 0) - int(one.get("base") or 0)
        return (max(0, beyond) + 1) / int(one["weight"])

    return str(min(weighed or strategy, key=lambda one: fill(one) if weighed else 0)["capacityProvider"])


def check_strategy(strategy: Strategy | None, *, launch_type: str | None, associated: Iterable[str]) -> None:
    """Refuse a strategy that no service can have; None was not given.

    Args:
        strategy: as the call has it.
        launch_type: as the call has it.
        associated: capacity providers of the cluster.
    """
    if not strategy:
        return
    if launch_type:
        raise InvalidParameterException(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    names = [str(one.get("capacityProvider")) for one in strategy]
    if len(set(names)) < len(names):
        raise InvalidParameterException("A capacity provider may be named in a capacity provider strategy once only.")
    if any(name not in associated for name in names):
        raise InvalidParameterException(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated with "
            "the cluster. Associate the capacity provider with the cluster and try again."
        )
    if other := next((name for name in names if name not in PROVIDERS), None):
        raise InvalidParameterException(
            f"The embedded AWS has no machines for capacity provider {other}; it knows {' and '.join(PROVIDERS)}."
        )
    if sum(int(one.get("base") or 0) > 0 for one in strategy) > 1:
        raise InvalidParameterException("Only one capacity provider in a strategy can have a base defined.")
    if not any(int(one.get("weight") or 0) > 0 for one in strategy):
        raise InvalidParameterException(
            "At least one capacity provider in a strategy must have a weight value greater than zero."
        )
