"""Moving the way to the monolith's facade inside the VPC and back while services call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cli import aws, inventory
from cli.phases import FacadeLive
from modules.fargate_service.shapes import CANARY_SUFFIX, INTERNAL_CANARY_SUFFIX, INTERNAL_SUFFIX
from settings.names import short_name
from settings.settings import Settings
from systems.facade_way import FacadeWay
from systems.rules import FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY
from systems.service import Supplied
from systems.system import System

_FORWARDS: Final[Mapping[FacadeWay, str]] = {
    FacadeWay.READY: "the monolith is behind the internal load balancer too",
    FacadeWay.MOVED: "the services call the internal load balancer",
    FacadeWay.INTERNAL: "the public load balancer refuses the facade's paths",
}
_BACK: Final[Mapping[FacadeWay, str]] = {
    FacadeWay.MOVED: "the public load balancer takes the services' calls again",
    FacadeWay.READY: "the services call the public load balancer",
    FacadeWay.PREPARED: "the monolith is behind the internal load balancer no more",
    FacadeWay.PUBLIC: "the internal load balancer goes",
}


def moves(live: FacadeLive, goal: FacadeWay) -> Mapping[FacadeWay, str]:
    """Plan the applies that lead to the goal, one of ``PUBLIC`` and ``INTERNAL``.

    A move that was cut off goes on from the last step all of which is there, or back to it.

    Returns:
        Why, by the way that is applied, in order; nothing where the goal is reached.
    """
    if goal is FacadeWay.INTERNAL:
        found = {way: why for way, why in _FORWARDS.items() if way > live.reached}
        # While nobody calls there is nobody to wait for.
        return found if live.has_callers else {way: why for way, why in found.items() if way is goal}
    found = {way: why for way, why in _BACK.items() if way < live.begun}
    return found if live.has_callers else {way: why for way, why in found.items() if way <= FacadeWay.PREPARED}


def read(
    settings: Settings, services: Iterable[Mapping[str, Any]], containers: Mapping[str, Mapping[str, Any]]
) -> FacadeLive:
    """Read how far the way inside is taken.

    Args:
        settings: of the environment.
        services: of ``live.active_services``.
        containers: definition of each one's container, by its short name.
    """
    running = list(services)
    callers = list(_addresses(settings, running, containers))
    elb = aws.client(settings, "elbv2") if settings.system.facade else None
    balancer = inventory.own_load_balancer(elb, settings.internal_balancer_name, settings.tags) if elb else None
    if balancer is None:
        return FacadeLive(has_callers=bool(callers))
    listeners = inventory.every(elb, "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"])
    inside = {f"{balancer['DNSName']}:{listener['Port']}" for listener in listeners}
    public = {rule["Priority"] for rule in inventory.rules(elb, settings.name(), port=settings.listener_port)}
    is_closed = str(FACADE_WITHOUT_KEY_PRIORITY) in public and str(FACADE_WITH_KEY_PRIORITY) not in public
    signs: dict[FacadeWay, list[bool]] = {
        FacadeWay.READY: list(_registered(settings, running)),
        FacadeWay.MOVED: [address in inside for address in callers],
        FacadeWay.INTERNAL: [is_closed],
    }
    begun = max((way for way, found in signs.items() if any(found)), default=FacadeWay.PREPARED)
    reached = FacadeWay.PREPARED
    for way, found in signs.items():
        if not all(found):
            break
        reached = way
    return FacadeLive(reached=min(reached, begun), begun=begun, has_callers=bool(callers))


def _addresses(
    settings: Settings, services: Iterable[Mapping[str, Any]], containers: Mapping[str, Mapping[str, Any]]
) -> Iterable[str]:
    """Where each service that has tasks calls the facade, if it does."""
    variables = _variables(settings.system)
    for service in services:
        name = str(service["serviceName"])
        if name.endswith(CANARY_SUFFIX) and not service["desiredCount"]:
            continue
        container = containers.get(short_name(name, environment=settings.name()), {})
        yield from (pair["value"] for pair in container.get("environment", ()) if pair["name"] in variables)


def _variables(system: System) -> frozenset[str]:
    given = (pair for service in system.services for pair in service.variables)
    return frozenset(name for name, value in given if value is Supplied.FACADE)


def _registered(settings: Settings, services: Iterable[Mapping[str, Any]]) -> Iterable[bool]:
    """Whether tasks of the monolith, and of its canary, are behind the internal load balancer."""
    monolith = settings.name(settings.system.monolith.name)
    groups = {monolith: monolith + INTERNAL_SUFFIX, monolith + CANARY_SUFFIX: monolith + INTERNAL_CANARY_SUFFIX}
    for service in services:
        group = groups.get(str(service["serviceName"]))
        if group is not None:
            yield any(f"/{group}/" in balancer.get("targetGroupArn", "") for balancer in service["loadBalancers"])
