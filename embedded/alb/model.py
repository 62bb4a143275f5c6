"""What one listener of the load balancer says, as frozen data that knows nothing of any API or proxy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from embedded.alb.actions import Action, Forward
from embedded.alb.conditions import REPEATABLE, Condition
from embedded.alb.targets import TargetGroup
from embedded.alb.tls import Tls


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``action`` is taken when all ``conditions`` hold and no rule with a lower ``priority`` number applies."""

    priority: int
    conditions: tuple[Condition, ...]
    action: Action

    def __post_init__(self) -> None:
        kinds = [type(condition).__name__ for condition in self.conditions if not isinstance(condition, REPEATABLE)]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"Rule {self.priority} has two conditions of one kind ({kinds}); put the values in one.")


ForwardedFor = Literal["append", "preserve", "remove"]


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings:
    """Attributes of the load balancer that shape connections and what it adds to requests; the defaults are AWS's.

    Attributes:
        idle_seconds: ``idle_timeout``: silence of a target after which a request is answered 504.
        client_keep_alive_seconds: ``client_keep_alive``: age at which a client's connection ends with its next answer.
        drop_invalid_headers: ``drop_invalid_header_fields``: header names are letters, digits and hyphens only.
        forwarded_for: ``xff_header_processing.mode``: what becomes of ``X-Forwarded-For``.
        forwarded_for_port: ``xff_client_port``: the client's port stands in it beside its address.
    """

    idle_seconds: float = 60.0
    client_keep_alive_seconds: float = 3600.0
    drop_invalid_headers: bool = False
    forwarded_for: ForwardedFor = "append"
    forwarded_for_port: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Scheme and port by which clients come, and what the load balancer says of them."""

    scheme: Literal["http", "https"]
    port: int
    connections: ConnectionSettings = ConnectionSettings()


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One port of the load balancer: its rules in any order, and the action when none applies.

    ``tls`` is how it speaks HTTPS; None: it speaks HTTP.
    """

    port: int
    rules: tuple[Rule, ...]
    default: Action
    connections: ConnectionSettings = ConnectionSettings()
    tls: Tls | None = None

    def __post_init__(self) -> None:
        priorities = [rule.priority for rule in self.rules]
        if len(set(priorities)) != len(priorities):
            raise ValueError(f"Two rules of the listener on port {self.port} share a priority: {sorted(priorities)}.")
        known: dict[str, TargetGroup] = {}
        for group in self.groups():
            if known.setdefault(group.name, group) != group:
                raise ValueError(f"Target group {group.name} stands in the listener twice with different targets.")

    @property
    def entry(self) -> Entry:
        """Where its clients come in."""
        return Entry(scheme="http" if self.tls is None else "https", port=self.port, connections=self.connections)

    def in_order(self) -> tuple[Rule, ...]:
        """The rules by rising priority number, which is the order they are tried in."""
        return tuple(sorted(self.rules, key=lambda rule: rule.priority))

    def groups(self) -> Iterator[TargetGroup]:
        """Every target group named by any action, once for each time it is named."""
        for action in (*(rule.action for rule in self.rules), self.default):
            if isinstance(action, Forward):
                yield from (weighted.group for weighted in action.groups)
