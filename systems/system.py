"""One system: everything that the tools need to know of what they deploy."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from modules.fargate_service.shapes import service_of
from systems.layout import Yardstick
from systems.rules import FACADE_WITH_KEY_PRIORITY, Rule, problems_of_rules, rules_of
from systems.scaling import Scaling
from systems.service import FacadeKey, Mode, Service, Supplied, TableName
from systems.stage import Stage
from systems.table import Table
from systems.workload import Workload

_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,9}")
_PART: Final = re.compile(r"[a-z][a-z0-9-]*")
_LAST_PORT: Final = 65535
_LONGEST_NAMES: Final = 16
"""Of system and service together. With an environment's 12 characters, two hyphens and the canary's -c they are 32, the
most that AWS allows in the name of a target group."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The website.

    Attributes:
        folder: its files, relative to the checkout.
        api_path_patterns: paths that go to the load balancer where one host serves both.
    """

    folder: str
    api_path_patterns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facade:
    """The monolith's routes for services in front of it, closed to everybody else.

    Attributes:
        pattern: path pattern of them all; every facade route of a service matches it.
        prefix: put before a service's name, it names that service's part of the facade.
        key_header: header by which the monolith knows the services.
        key_name: part of the key's AWS name, in small letters and hyphens.
    """

    pattern: str
    prefix: str
    key_header: str
    key_name: str


@dataclass(frozen=True, kw_only=True)
class System:
    """A monolith and what may be carved out of it.

    Attributes:
        name: first part of every AWS name and the value of the ``Project`` tag; small letters and digits, at most 10.
        title: for people.
        monolith: serves every path that no other service has taken over.
        services: what may leave the monolith; the order gives the priorities of their rules.
        stages: in the order of the walk.
        default_stage: name of the stage that a deploy goes to when nobody names one.
        tables: DynamoDB tables.
        site: the website, if there is one.
        facade: how services reach the data that the monolith keeps, if any does.
        workload: makes the traffic of rehearsals; called when one begins. None: the system cannot be rehearsed.
        contract: file of what visitors ask and are answered, relative to the checkout; ``make record`` writes it.
        idempotency_header: by it the system knows a repetition of a write, and does it once; None: it does not.
        yardstick: what ``make cost`` compares with, if anything.

    Raises:
        ValueError: with every contradiction within the declaration.
    """

    name: str
    title: str
    monolith: Service
    services: tuple[Service, ...]
    stages: tuple[Stage, ...]
    default_stage: str
    tables: tuple[Table, ...] = ()
    workload: Callable[[], Workload] | None = None
    site: Site | None = None
    facade: Facade | None = None
    contract: str | None = None
    idempotency_header: str | None = None
    yardstick: Yardstick | None = None

    def __post_init__(self) -> None:
        problems = [
            *self._service_problems(),
            *self._stage_problems(),
            *problems_of_rules(self.monolith, self.services),
            *self._facade_problems(),
        ]
        if problems:
            raise ValueError("\n".join(problems))

    @property
    def service_by_name(self) -> Mapping[str, Service]:
        """What may leave the monolith, by name."""
        return MappingProxyType({service.name: service for service in self.services})

    @property
    def stage_by_name(self) -> Mapping[str, Stage]:
        """Stages by name, in the order of the walk."""
        return MappingProxyType({stage.name: stage for stage in self.stages})

    @property
    def images(self) -> Mapping[str, Service]:
        """Every service that has an image of its own, the monolith first, by name."""
        return MappingProxyType({self.monolith.name: self.monolith, **self.service_by_name})

    @property
    def scaling_by_name(self) -> Mapping[str, Scaling]:
        """How those of them scale that do so by themselves, by name."""
        scaling = {name: service.scaling for name, service in self.images.items() if service.scaling is not None}
        return MappingProxyType(scaling)

    @property
    def monolith_routes_variable(self) -> str | None:
        """Environment variable that tells the monolith what to serve; None when it serves the same in every stage."""
        told = (name for name, value in self.monolith.environment.items() if value is Supplied.MONOLITH_ROUTES)
        return next(told, None)

    def rules(self, service: str) -> tuple[Rule, ...]:
        """Rules that lead requests to a service that has left, by its name."""
        position = [one.name for one in self.services].index(service)
        return rules_of(self.services[position], position=position)

    @property
    def all_monolith_routes(self) -> tuple[str, ...]:
        """What the monolith serves of the services' routes in any stage, in the order of ``monolith_routes``."""
        facades = (self.facade_name(service) for service in self.services if service.facade_routes)
        return (*(service.name for service in self.services if not service.stays_inline), *facades)

    def monolith_routes(self, stage: Stage) -> tuple[str, ...]:
        """What the monolith serves of the services' routes in a stage.

        Returns:
            Names of the services whose routes it serves, then for each service whose facade it offers the facade's
            prefix and the service's name, in a fixed order: another order would be another task definition, and roll
            its tasks. Nothing for the placeholder, and when the monolith cannot be told what to serve.
        """
        if stage.placeholder or self.monolith_routes_variable is None:
            return ()
        told = [service for service in self.services if not service.stays_inline]
        served = [service.name for service in told if stage.monolith_serves(service.name)]
        return (*served, *(self.facade_name(service) for service in self.services if self._has_facade(service, stage)))

    def facade_name(self, service: Service) -> str:
        """What the service's part of the facade is called among ``monolith_routes``."""
        return f"{self.facade.prefix if self.facade else ''}{service.name}"

    def _has_facade(self, service: Service, stage: Stage) -> bool:
        return stage.facade and bool(service.facade_routes) and stage.mode(service.name) is not Mode.OWN

    def walk(self, start: str | None, goal: str) -> tuple[Stage, ...]:
        """The stages to pass from ``start`` (None: nothing deployed) to ``goal``, goal included, start excluded.

        A walk protects what is served. So from nothing, or from a placeholder, it goes to the goal at once; images can
        only be published once the first stage has made their registries.

        Returns:
            In order, forwards or backwards; none when already there.

        Raises:
            KeyError: a name that is no stage.
        """
        names = list(self.stage_by_name)
        begin = -1 if start is None else names.index(self.stage_by_name[start].name)
        end = names.index(self.stage_by_name[goal].name)
        step = 1 if end >= begin else -1
        passed = [self.stages[number] for number in range(begin + step, end + step, step)] if begin != end else []
        if begin < 0 or self.stages[begin].placeholder:
            return tuple(stage for stage in passed if stage.placeholder or stage.name == goal)
        return tuple(passed)

    def _service_problems(self) -> list[str]:
        tables = {table.name: table for table in self.tables}
        names = [service.name for service in self.images.values()]
        longest = _LONGEST_NAMES - len(self.name)
        problems = [f"The name {name} is longer than {longest} characters." for name in names if len(name) > longest]
        if not _NAME.fullmatch(self.name):
            problems.append(f"The name {self.name} is not 2 to 10 small letters and digits, a letter first.")
        problems += [
            f"The name {name} is not small letters, digits and hyphens." for name in names if not _PART.fullmatch(name)
        ]
        problems += [
            f"The name {name} ends as those of target groups of a service do; take another one."
            for name in names
            if service_of(name) != name
        ]
        problems += [
            f"The name {name} is the end of those of target groups of a service; take another one."
            for name in names
            if service_of(f"-{name}") != f"-{name}"
        ]
        problems += [*_ambiguous(names), *_ambiguous(tables)]
        for service in (self.monolith, *self.services):
            if service.scaling is not None:
                problems += service.scaling.problems(service.name, begins_with=service.desired_count)
            problems += [
                f"{service.name} wants to call TCP port {port}; give one from 1 to 65535."
                for port in service.egress_tcp_ports
                if not 0 < port <= _LAST_PORT
            ]
            for grant in service.grants:
                table = tables.get(grant.table)
                if table is None:
                    problems.append(f"{service.name} is granted the table {grant.table}, which the system lacks.")
                elif unknown := set(grant.indexes) - set(table.indexes):
                    problems.append(f"{service.name} is granted {', '.join(sorted(unknown))} of {grant.table}.")
            problems += [
                f"{variable} of {service.name} names the table {value.table}, which the system lacks; "
                f"its tables are {', '.join(tables) or 'none'}."
                for variable, value in service.variables
                if isinstance(value, TableName) and value.table not in tables
            ]
        if len(set(self.service_by_name) | {self.monolith.name}) != len(self.services) + 1:
            problems.append("Two services have the same name.")
        return problems + _twice("tables", [table.name for table in self.tables])

    def _facade_problems(self) -> list[str]:
        behind = [service for service in self.services if service.facade_routes]
        if self.facade is None:
            return [
                *(f"{service.name} has facade routes, and the system has no facade." for service in behind),
                *(
                    f"{variable} of {service.name} is {'a key' if isinstance(value, FacadeKey) else 'the address'} "
                    "of the facade, and the system has none; declare the system's facade."
                    for service in self.images.values()
                    for variable, value in service.variables
                    if isinstance(value, FacadeKey) or value is Supplied.FACADE
                ),
            ]
        closed = Rule(priority=FACADE_WITH_KEY_PRIORITY, path_patterns=(self.facade.pattern,))
        shut = [
            f"{route} of {service.name} would be closed to the public: {self.facade.pattern} matches it."
            for service in (self.monolith, *self.services)
            for route in service.routes
            if closed.takes(route)
        ]
        return shut + [
            f"{route} of {service.name} would be open to the public: {self.facade.pattern} does not match it."
            for service in behind
            for route in service.facade_routes
            if not closed.takes(route)
        ]

    def _stage_problems(self) -> list[str]:
        problems = []
        if self.default_stage not in self.stage_by_name:
            problems.append(f"The default stage {self.default_stage} is no stage of the system.")
        if not (self.stages and self.stages[0].placeholder):
            problems.append(
                "The first stage has no placeholder: nothing can be published before it made the registries."
            )
        problems += _twice("stages", [stage.name for stage in self.stages])
        for stage in self.stages:
            unknown = {*stage.services, *stage.kept} - set(self.service_by_name)
            problems += [f"Stage {stage.name} names {name}, which is no service of the system." for name in unknown]
            if not (stage.facade and self.facade) and Mode.FACADE in stage.services.values():
                problems.append(f"Stage {stage.name} has a service behind the facade, and no facade.")
            for name, service in self.service_by_name.items():
                if stage.mode(name) is Mode.FACADE and not service.facade_routes:
                    problems.append(
                        f"Stage {stage.name} has {name} behind the facade, for which it has no routes; "
                        "declare its facade_routes, or let it live as Mode.OWN."
                    )
                if stage.mode(name) is Mode.INLINE and name in stage.kept:
                    problems.append(f"Stage {stage.name} keeps {name}, which has not left there; take it out of kept.")
        return problems


def _ambiguous(names: Iterable[str]) -> list[str]:
    """Names that are others' on AWS in another environment, as ``a-b`` of ``dev`` is ``b`` of ``dev-a``."""
    return [
        f"{longer} in one environment is {name} in another, whose name ends with -{longer.removesuffix(f'-{name}')}; "
        "take another name."
        for longer, name in itertools.permutations(names, 2)
        if longer.endswith(f"-{name}")
    ]


def _twice(things: str, names: Sequence[str]) -> list[str]:
    return [
        f"Two {things} are called {name}; give one of them another name."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
