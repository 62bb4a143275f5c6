"""AWS's matching rules, read plainly: which action a listener takes for a request.

Source: "Listener rules for your Application Load Balancer" and ``RuleCondition`` in the API reference.

- Rules are tried by rising priority number; the default action comes last.
- All conditions of a rule must hold; one matching value is enough for a condition.
- ``*`` matches any number of characters, none and ``/`` included; ``?`` matches exactly one.
- Path patterns are case-sensitive and see the path only, never the query string; host patterns ignore case.

Two things AWS leaves open are decided here: the path is matched raw, byte for byte as received (no percent-decoding,
no merging of ``//``, no removal of ``..``), and a port in the Host header takes no part in the match.

Nothing at run time calls ``decide``: the proxy obeys the translation in ``envoy_config``, and the tests hold the two
against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from embedded.alb.model import (
    Action,
    Condition,
    HostHeader,
    HttpHeaderPresent,
    HttpRequestMethod,
    Listener,
    PathPattern,
    Rule,
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What rules look at: ``target`` is as received, query string included; header names are in small letters."""

    target: str
    method: str = "GET"
    host: str = "localhost"
    header_names: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """The target up to its first question mark."""
        return self.target.partition("?")[0]

    @property
    def hostname(self) -> str:
        """The Host header without a port."""
        name, _, port = self.host.rpartition(":")
        return name if name and port.isdigit() else self.host


def decide(listener: Listener, request: Request) -> Action:
    """The action that ``listener`` takes for ``request``."""
    rule = matching_rule(listener, request)
    return listener.default if rule is None else rule.action


def matching_rule(listener: Listener, request: Request) -> Rule | None:
    """The rule that applies to ``request``, or None when the default action does."""
    for rule in sorted(listener.rules, key=lambda rule: rule.priority):
        if all(holds(condition, request) for condition in rule.conditions):
            return rule
    return None


def holds(condition: Condition, request: Request) -> bool:
    """Whether one condition holds for ``request``."""
    match condition:
        case PathPattern(values=values):
            return any(wildcard_match(value, request.path) for value in values)
        case HostHeader(values=values):
            return any(wildcard_match(value.lower(), request.hostname.lower()) for value in values)
        case HttpRequestMethod(values=values):
            return request.method in values
        case HttpHeaderPresent(name=name):
            return name.lower() in request.header_names


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` matches ``pattern``, in which ``*`` and ``?`` are wild and nothing else is.

    Walks both strings without regular expressions, so that a fault in escaping cannot stand on both sides of a test.
    """
    reachable = {0}  # positions of the pattern that the text read so far can have brought us to
    for char in text:
        step: set[int] = set()
        for position in _skip_stars(pattern, reachable):
            if position < len(pattern):
                if pattern[position] == "*":
                    step.add(position)
                elif pattern[position] in ("?", char):
                    step.add(position + 1)
        reachable = step
    return len(pattern) in _skip_stars(pattern, reachable)


def _skip_stars(pattern: str, positions: set[int]) -> set[int]:
    """``positions`` and those reached from them by letting stars match nothing."""
    reached = set(positions)
    for position in positions:
        while position < len(pattern) and pattern[position] == "*":
            position += 1  # noqa: PLW2901 - walking on from here is the point
            reached.add(position)
    return reached
