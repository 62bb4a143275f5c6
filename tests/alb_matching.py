"""AWS's rules, read plainly: which action a listener takes for a request, and where a redirect leads.

Source: "Condition types" and "Action types for listener rules" in the ELB user guide, ``RuleCondition`` and
``RedirectActionConfig`` in the API reference.

- Rules are tried by rising priority number; the default action comes last.
- All conditions of a rule must hold; one matching value is enough for a condition.
- ``*`` matches any number of characters, none and ``/`` included; ``?`` matches exactly one.
- Path patterns are case-sensitive and see the path only, never the query string; all other wildcards ignore case.
- Of a header that came in several lines, one matching line is enough.

What AWS leaves open is decided here: path and query string are matched raw, byte for byte as received (no
percent-decoding, no merging of ``//``, no removal of ``..``), a port in the Host header takes no part in the match, and
a parameter without ``=`` is a key with an empty value.

Nothing at run time calls this: the proxy obeys the translation in ``embedded.alb.envoy_config``, and the tests hold the
two against each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from embedded.alb.actions import Action, Redirect
from embedded.alb.conditions import (
    Condition,
    HostHeader,
    HttpHeader,
    HttpRequestMethod,
    PathPattern,
    QueryParameter,
    QueryString,
    SourceIp,
)
from embedded.alb.model import Listener, Rule


@dataclass(frozen=True, kw_only=True)
class Request:
    """What rules look at: ``target`` as received, query string included; header lines as (name, value) in order."""

    target: str
    method: str = "GET"
    host: str = "localhost"
    headers: tuple[tuple[str, str], ...] = ()
    source: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """The target up to its first question mark."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The target after its first question mark."""
        return self.target.partition("?")[2]

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
        case HttpHeader(name=name, values=values):
            lines = [line for each, line in request.headers if each.lower() == name.lower()]
            return any(wildcard_match(value.lower(), line.lower()) for line in lines for value in values)
        case QueryString(values=values):
            return any(has_parameter(request.query, value) for value in values)
        case SourceIp(networks=networks):
            return any(ip_address(request.source) in network for network in networks)


def has_parameter(query: str, wanted: QueryParameter) -> bool:
    """Whether one of the parameters in ``query`` is ``wanted``."""
    for parameter in query.lower().split("&"):
        key, _, value = parameter.partition("=")
        if (
            parameter
            and (wanted.key is None or wildcard_match(wanted.key.lower(), key, escapes=True))
            and wildcard_match(wanted.value.lower(), value, escapes=True)
        ):
            return True
    return False


def location(redirect: Redirect, request: Request, *, port: int) -> str:
    """Where ``redirect`` sends ``request`` that came to ``port`` over HTTP."""
    own = {
        "protocol": "http",
        "host": request.hostname,
        "port": str(port),
        "path": request.path.removeprefix("/"),
        "query": request.query,
    }

    def filled(template: str) -> str:
        return re.sub(r"#\{(protocol|host|port|path|query)\}", lambda found: own[found[1]], template)

    query = filled(redirect.query)
    address = (
        f"{filled(redirect.protocol).lower()}://{filled(redirect.host)}:{filled(redirect.port)}{filled(redirect.path)}"
    )
    return f"{address}?{query}" if query else address


def wildcard_match(pattern: str, text: str, *, escapes: bool = False) -> bool:
    """Whether the whole of ``text`` matches ``pattern``, in which ``*`` and ``?`` are wild and nothing else is.

    Walks both without regular expressions, so that a fault in escaping cannot stand on both sides of a test. With
    ``escapes`` a backslash before a wildcard takes away its meaning.
    """
    parts = _parts(pattern, escapes=escapes)
    reachable = {0}  # positions of the pattern that the text read so far can have brought us to
    for char in text:
        step: set[int] = set()
        for position in _skip_stars(parts, reachable):
            if position < len(parts):
                if parts[position] is STAR:
                    step.add(position)
                elif parts[position] is ONE or parts[position] == char:
                    step.add(position + 1)
        reachable = step
    return len(parts) in _skip_stars(parts, reachable)


STAR, ONE = object(), object()


def _parts(pattern: str, *, escapes: bool) -> list[object]:
    parts: list[object] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if escapes and char == "\\" and pattern[position + 1 : position + 2] in ("*", "?"):
            position += 1
            parts.append(pattern[position])
        else:
            parts.append({"*": STAR, "?": ONE}.get(char, char))
        position += 1
    return parts


def _skip_stars(parts: list[object], positions: set[int]) -> set[int]:
    """``positions`` and those reached from them by letting stars match nothing."""
    reached = set(positions)
    for position in positions:
        while position < len(parts) and parts[position] is STAR:
            position += 1  # noqa: PLW2901 - walking on from here is the point
            reached.add(position)
    return reached
