"""What one listener of the load balancer says, as frozen data that knows nothing of any API or proxy.

Limits and meanings are those of the Elastic Load Balancing API reference (version 2015-12-01).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Target:
    """One address that takes requests: ``host`` is an IP address, ``port`` a TCP port."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A named group and the targets that are in rotation now; without targets the group answers 503.

    Who is in rotation (health, draining, fail-open when nobody is healthy) is the caller's decision.
    """

    name: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PathPattern:
    """True when one of ``values`` matches the path as the client sent it. Case-sensitive; ``*`` and ``?`` are wild."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HostHeader:
    """True when one of ``values`` matches the host name. Case-insensitive; ``*`` and ``?`` are wild."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HttpRequestMethod:
    """True when the method is one of ``values``. Case-sensitive, nothing is wild."""

    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HttpHeaderPresent:
    """True when the request has the header ``name``, whatever its value: AWS's http-header with the one value ``*``."""

    name: str


Condition = PathPattern | HostHeader | HttpRequestMethod | HttpHeaderPresent


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
    """Send each request to one of the groups, drawn by weight; all weights 0 answers 503."""

    groups: tuple[WeightedGroup, ...]

    def __post_init__(self) -> None:
        names = [weighted.group.name for weighted in self.groups]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"A forward action needs one or more different target groups, not {names}.")


@dataclass(frozen=True, kw_only=True)
class FixedResponse:
    """Answer without any target; ``status`` is 2xx, 4xx or 5xx."""

    status: int
    content_type: str = "text/plain"
    body: str = ""

    def __post_init__(self) -> None:
        if self.status // 100 not in (2, 4, 5):
            raise ValueError(f"A fixed response has status 2xx, 4xx or 5xx, not {self.status}.")


Action = Forward | FixedResponse


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``action`` is taken when all ``conditions`` hold and no rule with a lower ``priority`` number applies."""

    priority: int
    conditions: tuple[Condition, ...]
    action: Action

    def __post_init__(self) -> None:
        kinds = [type(condition).__name__ for condition in self.conditions]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"Rule {self.priority} has two conditions of one kind ({kinds}); put the values in one.")


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One port of the load balancer: its rules in any order, and the action when none applies."""

    port: int
    rules: tuple[Rule, ...]
    default: Action

    def __post_init__(self) -> None:
        priorities = [rule.priority for rule in self.rules]
        if len(set(priorities)) != len(priorities):
            raise ValueError(f"Two rules of the listener on port {self.port} share a priority: {sorted(priorities)}.")
        known: dict[str, TargetGroup] = {}
        for group in self.groups():
            if known.setdefault(group.name, group) != group:
                raise ValueError(f"Target group {group.name} stands in the listener twice with different targets.")

    def in_order(self) -> tuple[Rule, ...]:
        """The rules by rising priority number, which is the order they are tried in."""
        return tuple(sorted(self.rules, key=lambda rule: rule.priority))

    def groups(self) -> Iterator[TargetGroup]:
        """Every target group named by any action, once for each time it is named."""
        for action in (*(rule.action for rule in self.rules), self.default):
            if isinstance(action, Forward):
                yield from (weighted.group for weighted in action.groups)
