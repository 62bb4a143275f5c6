"""Targets and the groups they form, as frozen data that knows nothing of any API or proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from embedded.overriding import override

Algorithm = Literal["round_robin", "least_outstanding_requests", "weighted_random"]


@dataclass(frozen=True, kw_only=True, order=True)
class Target:
    """One address that takes requests: ``host`` is an IP address, ``port`` a TCP port."""

    host: str
    port: int

    @override
    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class TargetStickiness:
    """A client stays with the target it was sent to.

    Attributes:
        seconds: for how long after its last answer.
        app_cookie: the target's own cookie that begins such a session; None: every answer does.
    """

    seconds: int
    app_cookie: str | None = None


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A named group and the targets that are in rotation now; without targets the group answers 503.

    Who is in rotation (health, draining, fail-open when nobody is healthy) is the caller's decision.

    Attributes:
        idle_seconds: silence after which a connection to a target is closed, the load balancer's ``idle_timeout``.
    """

    name: str
    targets: tuple[Target, ...] = ()
    stickiness: TargetStickiness | None = None
    algorithm: Algorithm = "round_robin"
    idle_seconds: float = 60.0
