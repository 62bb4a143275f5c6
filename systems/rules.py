"""Rules of the load balancer's listener, derived from what services declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from types import MappingProxyType
from typing import Final, Literal

from systems.service import Route, Service

MOST_SERVICES: Final = 13
MOST_RULES: Final = 3
"""Of one service. With ``MOST_SERVICES`` no two rules have the same priority, and none moves with another."""

FACADE_WITH_KEY_PRIORITY: Final = 40
FACADE_WITHOUT_KEY_PRIORITY: Final = 41
"""The facade's rules come first: the preview of a path opens nothing that is closed."""

INTERNAL_FACADE_PRIORITY: Final = 42
"""Of the one rule that the internal load balancer has."""

_PREVIEW_NEW: Final = 200
_PREVIEW_OLD: Final = 300
_PATHS: Final = 400

_MOST_VALUES: Final = 4
"""Paths and methods together: AWS takes five values in the conditions of one rule, and the preview's header is one."""

CANARY_HEADER: Final = "X-Canary"
"""Header by which whoever has the key picks a side."""

Side = Literal["new", "old"]


def side_header(side: Side, key: str) -> Mapping[str, str]:
    """The header that brings a request to one side, as name and value.

    It has one value, of side and key, because the conditions of a rule take no more than five.
    """
    return MappingProxyType({CANARY_HEADER: f"{side}:{key}"})


@dataclass(frozen=True, kw_only=True)
class Previews:
    """Priorities of the rules beside a rule by which a header picks the new or the old side."""

    new: int
    old: int


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; the lowest priority wins.

    Attributes:
        priority: from 1.
        path_patterns: ``*`` in a pattern matches slashes too.
        methods: in capitals; none: every method.
        slot: place of the rule among those of all services, from 1; part of its address in the Terraform state.
        previews: of the rule, if it has any.
    """

    priority: int
    path_patterns: tuple[str, ...]
    methods: tuple[str, ...] = ()
    slot: int = 0
    previews: Previews | None = None

    def takes(self, route: Route) -> bool:
        """Whether requests of the route match it; one path stands for all that differ in the arguments."""
        return self.matches(route.method, route.at(**dict.fromkeys(route.arguments, "x")))

    def matches(self, method: str, path: str) -> bool:
        """Whether a request with this path, which has no query, matches it."""
        by_path = any(fnmatchcase(path, pattern) for pattern in self.path_patterns)
        return by_path and (not self.methods or method in self.methods)


def rules_of(service: Service, *, position: int) -> tuple[Rule, ...]:
    """Rules of a service.

    Args:
        service: one that may leave the monolith.
        position: of it among these services, from 0.

    Returns:
        At least one rule for a service with routes. The first one's slot is ``position + 1``.
    """
    conditions = enumerate(_conditions(service))
    return tuple(
        _rule(number * MOST_SERVICES + position + 1, paths, methods) for number, (paths, methods) in conditions
    )


def _rule(slot: int, paths: tuple[str, ...], methods: tuple[str, ...]) -> Rule:
    previews = Previews(new=_PREVIEW_NEW + slot, old=_PREVIEW_OLD + slot)
    return Rule(priority=_PATHS + slot, path_patterns=paths, methods=methods, slot=slot, previews=previews)


MONOLITH_RULE: Final = Rule(priority=1000, path_patterns=("/*",), previews=Previews(new=998, old=999))
"""Takes what no other rule does."""


def former_priority(rule: Rule) -> int:
    """What the rule had before rules had previews, as in deployments that are not up to date."""
    return rule.slot or 100


def _conditions(service: Service) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Path patterns and methods of each rule, few enough for one."""
    methods_of: dict[str, list[str]] = {}
    for route in service.routes:
        wanted = [] if service.whole_paths else _methods(route)
        methods_of.setdefault(route.pattern, []).extend(wanted)
    paths_of: dict[tuple[str, ...], list[str]] = {}
    for path, wanted in methods_of.items():
        paths_of.setdefault(tuple(sorted(set(wanted))), []).append(path)
    for methods, paths in paths_of.items():
        for some in _parts(methods, _MOST_VALUES - 1) or [()]:
            for part in _parts(paths, _MOST_VALUES - len(some)):
                yield part, some


def _parts(values: Sequence[str], most: int) -> list[tuple[str, ...]]:
    return [tuple(values[start : start + most]) for start in range(0, len(values), most)]


def _methods(route: Route) -> list[str]:
    """Whoever serves GET answers HEAD too."""
    return ["GET", "HEAD"] if route.method == "GET" else [route.method]


def problems_of_rules(monolith: Service, services: Sequence[Service]) -> list[str]:
    """One line for each reason why the rules of these services would lead requests to the wrong one."""
    found = []
    if len(services) > MOST_SERVICES:
        found.append(
            f"There are {len(services)} services; the priorities of their rules are enough for {MOST_SERVICES}."
        )
    rules = {service.name: rules_of(service, position=number) for number, service in enumerate(services)}
    for service in services:
        if len(rules[service.name]) > MOST_RULES:
            found.append(f"{service.name} needs more than {MOST_RULES} rules; give it fewer combinations of methods.")
        if not service.routes:
            found.append(f"{service.name} has no routes, so no request would reach it.")
        taken = [route for route in monolith.routes if any(rule.takes(route) for rule in rules[service.name])]
        found += [f"{service.name} would take {route}, which stays in {monolith.name}." for route in taken]
    for first, second in combinations(services, 2):
        for one, other in ((first, second), (second, first)):
            taken = [
                route
                for route in other.routes
                if any(_wins(rule, route, rules[other.name]) for rule in rules[one.name])
            ]
            found += [f"{one.name} would take {route} of {other.name}; put {other.name} before it." for route in taken]
    return found


def _wins(rule: Rule, route: Route, own: Sequence[Rule]) -> bool:
    """Whether a rule of another service takes a route before its own service's rules do."""
    return rule.takes(route) and all(rule.priority < one.priority for one in own if one.takes(route))
