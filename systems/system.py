"""One system: everything that the tools need to know of what they deploy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from systems.service import Mode, Service
from systems.stage import Stage
from systems.table import Table
from systems.workload import Workload


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
        key_header: header by which the monolith knows the services.
    """

    pattern: str
    key_header: str


@dataclass(frozen=True, kw_only=True)
class System:
    """A monolith and what may be carved out of it.

    Attributes:
        name: first part of every AWS name; small letters, at most 10.
        title: for people.
        monolith: serves every path that no other service has taken over.
        services: what may leave the monolith; the order gives the priorities of their rules.
        stages: in the order of the walk.
        tables: DynamoDB tables.
        site: the website, if there is one.
        facade: how services reach the data that the monolith keeps, if any does.
        workload: makes the traffic of rehearsals; imported when a rehearsal begins.

    Raises:
        ValueError: with every contradiction within the declaration.
    """

    name: str
    title: str
    monolith: Service
    services: tuple[Service, ...]
    stages: tuple[Stage, ...]
    tables: tuple[Table, ...]
    workload: Callable[[], Workload]
    site: Site | None = None
    facade: Facade | None = None

    def __post_init__(self) -> None:
        problems = [*self._service_problems(), *self._stage_problems()]
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

    def monolith_routes(self, stage: Stage) -> tuple[str, ...]:
        """What the monolith serves of the services' routes in a stage.

        Returns:
            Names of services whose routes it serves, then the last path parts of facade routes, in a fixed order:
            another order would be another task definition, and roll its tasks.
        """
        if stage.placeholder:
            return ()
        served = [
            service.name
            for service in self.services
            if stage.mode(service.name) is Mode.INLINE or service.name in stage.kept
        ]
        facade = [
            route.path.rpartition("/")[2]
            for service in self.services
            if stage.facade and stage.mode(service.name) is not Mode.OWN
            for route in service.facade_routes
        ]
        return (*served, *facade)

    def walk(self, start: str | None, goal: str) -> tuple[Stage, ...]:
        """The stages to pass from ``start`` (None: nothing deployed) to ``goal``, goal included, start excluded.

        Returns:
            Neighbours in order, forwards or backwards; none when already there.

        Raises:
            KeyError: a name that is no stage.
        """
        names = list(self.stage_by_name)
        begin = -1 if start is None else names.index(self.stage_by_name[start].name)
        end = names.index(self.stage_by_name[goal].name)
        step = 1 if end >= begin else -1
        return tuple(self.stages[number] for number in range(begin + step, end + step, step)) if begin != end else ()

    def _service_problems(self) -> list[str]:
        tables = {table.name: table for table in self.tables}
        names = [service.name for service in self.images.values()]
        problems = [f"The name {name} is longer than 12 characters." for name in names if len(name) > 12]
        for service in (self.monolith, *self.services):
            for grant in service.grants:
                table = tables.get(grant.table)
                if table is None:
                    problems.append(f"{service.name} is granted the table {grant.table}, which the system lacks.")
                elif unknown := set(grant.indexes) - set(table.indexes):
                    problems.append(f"{service.name} is granted {', '.join(sorted(unknown))} of {grant.table}.")
        if len(set(self.service_by_name) | {self.monolith.name}) != len(self.services) + 1:
            problems.append("Two services have the same name.")
        return problems

    def _stage_problems(self) -> list[str]:
        problems = []
        for stage in self.stages:
            unknown = {*stage.services, *stage.kept} - set(self.service_by_name)
            problems += [f"Stage {stage.name} names {name}, which is no service of the system." for name in unknown]
            if not (stage.facade and self.facade) and Mode.FACADE in stage.services.values():
                problems.append(f"Stage {stage.name} has a service behind the facade, and no facade.")
        return problems
