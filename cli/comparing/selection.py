"""Which recorded requests belong to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cli.comparing.contract import Contract
from cli.comparing.exchange import Request
from systems.service import Route
from systems.stage import Stage
from systems.system import System


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request to compare.

    Attributes:
        request: what is asked.
        recorded_status: what a visitor was answered; None where nobody has recorded it.
    """

    request: Request
    recorded_status: int | None = None


def asked_of(system: System, stage: Stage, service: str, contract: Contract) -> tuple[Asked, ...]:
    """What the load balancer leads to the rules of ``service`` in ``stage``, whoever answers there.

    Args:
        system: what is deployed.
        stage: with the service in it.
        service: name of it, or the monolith's.
        contract: what was recorded.

    Returns:
        Recorded requests, then declared GET routes without arguments that nobody has recorded.
    """
    recorded = [
        Asked(request=one.request, recorded_status=one.answer.status)
        for one in contract.exchanges
        if _taker(system, stage, one.request) == service
    ]
    known = {(one.request.method, one.request.plain_path) for one in recorded}
    declared = [
        Asked(request=Request(method=route.method, path=route.path))
        for route in _declared(system)
        if route.method == "GET" and not route.arguments and (route.method, route.path) not in known
    ]
    return (*recorded, *(one for one in declared if _taker(system, stage, one.request) == service))


def route_of(system: System, request: Request) -> Route | None:
    """The declared route that a request belongs to; None for every other path, and for the facade's."""
    for route in _declared(system):
        if request.method == route.method and route.fits(request.plain_path):
            return route
    return None


def _declared(system: System) -> Iterator[Route]:
    for service in system.images.values():
        yield from service.routes


def _taker(system: System, stage: Stage, request: Request) -> str:
    """Who has the rule that a request matches: the first of the services in front, else the monolith."""
    rules = [
        (rule, name)
        for name in stage.separate
        for rule in system.rules(name)
        if rule.matches(request.method, request.plain_path)
    ]
    return min(rules, key=lambda pair: pair[0].priority)[1] if rules else system.monolith.name
