"""Rules of the load balancer's listener, derived from what services declare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Final

from systems.service import Route, Service

MOST_SERVICES: Final = 13
MOST_RULES: Final = 3
"""Of one service. With ``MOST_SERVICES`` all priorities lie below those of the facade, and none moves with another."""

FACADE_WITH_KEY_PRIORITY: Final = 40
FACADE_WITHOUT_KEY_PRIORITY: Final = 41
MONOLITH_PRIORITY: Final = 100

_MOST_VALUES: Final = 5
"""Paths and methods together: AWS takes no more values in the conditions of one rule."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; the lowest priority wins.

    Attributes:
        priority: from 1.
        path_patterns: ``*`` in a pattern matches slashes too.
        methods: in capitals; none: every method.
    """

    priority: int
    path_patterns: tuple[str, ...]
    methods: tuple[str, ...] = ()

    def takes(self, route: Route) -> bool:
        """Whether requests of the route match it; one path stands for all that differ in the arguments."""
        path = route.at(**dict.fromkeys(route.arguments, "x"))
        by_path = any(fnmatchcase(path, pattern) for pattern in self.path_patterns)
        return by_path and (not self.methods or route.method in self.methods)


def rules_of(service: Service, *, position: int) -> tuple[Rule, ...]:
    """Rules of a service.

    Args:
        service: one that may leave the monolith.
        position: of it among these services, from 0.

    Returns:
        At least one rule for a service with routes. The first one's priority is ``position + 1``.
    """
    conditions = enumerate(_conditions(service))
    return tuple(
        Rule(priority=number * MOST_SERVICES + position + 1, path_patterns=paths, methods=methods)
        for number, (paths, methods) in conditions
    )


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
        room = max(1, _MOST_VALUES - len(methods))
        for start in range(0, len(paths), room):
            yield tuple(paths[start : start + room]), methods


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
