"""What every task of one region shares: load balancer, secrets, logs, addresses, images."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from embedded.ecs import listeners
from embedded.ecs.logs import AwsLogs
from embedded.ecs.starts import Starts, half_of_the_processors
from embedded.network import Addresses


class Targets(Protocol):
    """The load balancer's side of a task."""

    def register(self, group_arn: str, address: str, port: int) -> None:
        """Make the address a target of the group."""

    def deregister(self, group_arn: str, address: str) -> None:
        """Start draining the target; nothing happens when it is none."""

    def state(self, group_arn: str, address: str) -> str | None:
        """State as DescribeTargetHealth names it, or None when it is no target (any more)."""


class Secrets(Protocol):
    """Values behind the ``secrets`` of a container definition."""

    def read(self, value_from: str) -> str:
        """The secret's value; raises LookupError when there is none."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every task of one region shares."""

    state_dir: Path
    region: str
    base_environment: Mapping[str, str]
    addresses: Addresses
    targets: Targets
    secrets: Secrets
    logs: AwsLogs
    registry_has: Any
    release_interface: Any
    starts: Starts = field(default_factory=lambda: Starts(half_of_the_processors()))
    wait_until_exposed: Callable[[int], Awaitable[tuple[str, ...]]] = listeners.wait_until_exposed
    """Returns when something in a process group listens beyond loopback, and where."""
    changed: Callable[[], None] = lambda: None
    """Told when a record of ECS has changed."""


@dataclass(frozen=True, kw_only=True)
class TargetPlace:
    """A target group the task joins, with the container port that serves there."""

    group_arn: str
    port: int

    @classmethod
    def all_of(cls, service: Any) -> tuple[TargetPlace, ...]:
        """Those of each task of a service record; a classic load balancer has no target group."""
        return tuple(
            cls(group_arn=balancer["targetGroupArn"], port=int(balancer["containerPort"]))
            for balancer in service.load_balancers
            if balancer.get("targetGroupArn")
        )
