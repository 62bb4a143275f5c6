"""What a rule does with a request. Meanings and limits are those of ``Action`` in the ELBv2 API reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from embedded.alb.targets import TargetGroup

STICKY_SECONDS = range(1, 604_801)
"""How long stickiness may last: up to seven days."""


@dataclass(frozen=True, kw_only=True)
class WeightedGroup:
    """A group and its share of a forward action; ``weight`` is 0 to 999 and 0 means no request at all."""

    group: TargetGroup
    weight: int

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 999:
            raise ValueError(
                f"Weight {self.weight} of target group {self.group.name} is not within 0 to 999; correct it."
            )


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Send each request to one of the groups, drawn by weight; all weights 0 answers 503.

    Attributes:
        groups: one or more.
        sticky_seconds: how long a client stays with the group it was sent to, since its last answer; None: not at all.
    """

    groups: tuple[WeightedGroup, ...]
    sticky_seconds: int | None = None

    def __post_init__(self) -> None:
        names = [weighted.group.name for weighted in self.groups]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"A forward action needs one or more different target groups, not {names}.")
        if self.sticky_seconds is not None and self.sticky_seconds not in STICKY_SECONDS:
            raise ValueError(f"Group stickiness lasts 1 to 604800 seconds, not {self.sticky_seconds}.")


@dataclass(frozen=True, kw_only=True)
class FixedResponse:
    """Answer without any target; ``status`` is 2xx, 4xx or 5xx."""

    status: int
    content_type: str = "text/plain"
    body: str = ""

    def __post_init__(self) -> None:
        if self.status // 100 not in (2, 4, 5):
            raise ValueError(f"A fixed response has status 2xx, 4xx or 5xx, not {self.status}.")


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Send the client to ``protocol://host:port/path?query``.

    Each part may hold ``#{protocol}``, ``#{host}``, ``#{port}``, ``#{path}`` (without its first slash) and
    ``#{query}``, which stand for the request's own. ``?`` is left out when the query comes out empty.
    """

    status: Literal[301, 302]
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """Answer 501 with ``reason``: AWS would do something that the embedded load balancer cannot do."""

    reason: str


Action = Forward | FixedResponse | Redirect | Unserved
