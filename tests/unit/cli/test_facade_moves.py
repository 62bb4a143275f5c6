"""The way to the facade moves inside the VPC and back, and a deployer that is killed under it loses no call.

The model: services call by one of two addresses, and while an apply is under way old and new tasks call by both. Every
state that applies can be killed in is read as the deployer reads it, from a played API, and either end planned from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import aws, facade_moves
from cli.phases import FacadeLive
from settings.settings import Settings
from systems.facade_way import FacadeWay
from systems.rules import FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY

SETTINGS = Settings.from_environ({"ENV": "blue"})
MONOLITH = "mysfits-blue-monolith"
INSIDE, PUBLIC = "10.0.0.1:8082", "127.0.0.1:8080"


@dataclass(frozen=True, kw_only=True)
class World:
    """What is deployed: the internal load balancer, whose it is, who is behind it, who calls it, who is refused."""

    stands: bool = False
    env: str = SETTINGS.env
    own: bool = False
    canary: bool = False
    callers: tuple[str, ...] = ()
    closed: bool = False

    @property
    def services(self) -> list[dict[str, Any]]:
        """As DescribeServices shows them."""
        groups = {MONOLITH: self.own and "-i", f"{MONOLITH}-c": self.canary and "-n"}
        monolith = [
            {
                "serviceName": name,
                "desiredCount": 2,
                "loadBalancers": [{"targetGroupArn": f"arn:targetgroup/{group}/1"} for group in in_groups],
            }
            for name, suffix in groups.items()
            for in_groups in [[name, *([f"{MONOLITH}{suffix}"] if suffix else [])]]
        ]
        others = [f"mysfits-blue-{name}" for name in ("like", "adopt")[: len(self.callers)]]
        return monolith + [{"serviceName": name, "desiredCount": 2, "loadBalancers": []} for name in others]

    @property
    def containers(self) -> dict[str, dict[str, Any]]:
        """Container definitions by short name."""
        pairs = zip(("like", "adopt"), self.callers, strict=False)
        return {name: {"environment": [{"name": "MONOLITH_URL", "value": address}]} for name, address in pairs}


class Elb:
    """ELBv2 of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def describe_load_balancers(self, *, Names: list[str]) -> dict[str, Any]:
        if Names == ["mysfits-blue-internal"] and not self._world.stands:
            raise ClientError({"Error": {"Code": "LoadBalancerNotFound"}}, "Describe")
        return {"LoadBalancers": [{"LoadBalancerArn": Names[0], "DNSName": "10.0.0.1"}]}

    def describe_tags(self, *, ResourceArns: list[str]) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in {**SETTINGS.tags, "Env": self._world.env}.items()]
        return {"TagDescriptions": [{"ResourceArn": arn, "Tags": tags} for arn in ResourceArns]}

    def get_paginator(self, operation: str) -> Any:
        world = self._world

        class Pages:
            def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
                if operation == "describe_listeners":
                    port = 8082 if asked["LoadBalancerArn"].endswith("-internal") else SETTINGS.listener_port
                    yield {"Listeners": [{"ListenerArn": "arn", "Port": port}]}
                else:
                    with_key = [] if world.closed else [FACADE_WITH_KEY_PRIORITY]
                    yield {"Rules": [{"Priority": str(one)} for one in (*with_key, FACADE_WITHOUT_KEY_PRIORITY, 1000)]}

        return Pages()


def world_at(way: FacadeWay, callers: int) -> World:
    """All of a way."""
    return World(
        stands=way >= FacadeWay.PREPARED,
        own=way >= FacadeWay.READY,
        canary=way >= FacadeWay.READY,
        callers=(INSIDE if way >= FacadeWay.MOVED else PUBLIC,) * callers,
        closed=way >= FacadeWay.INTERNAL,
    )


def read(patch: pytest.MonkeyPatch, world: World) -> FacadeLive:
    patch.setattr(aws, "client", lambda *_: Elb(world))
    return facade_moves.read(SETTINGS, world.services, world.containers)


def moments(now: World, goal: World) -> Iterator[World]:
    """Every state that an apply may be killed in; tasks are registered after the load balancer was made."""
    single = [name for name in ("stands", "own", "canary", "closed") if getattr(now, name) != getattr(goal, name)]
    for count in range(len(single) + 1):
        for done in itertools.combinations(single, count):
            if goal.stands and "stands" in single and {"own", "canary"} & set(done) and "stands" not in done:
                continue
            for callers in itertools.product(*zip(now.callers, goal.callers, strict=True)):
                yield replace(now, **{name: getattr(goal, name) for name in done}, callers=callers)


def lost(now: World, goal: World) -> list[str]:
    """What may fail while an apply leads from ``now`` to ``goal``."""
    used = {*now.callers, *goal.callers}
    found = []
    if INSIDE in used and not (now.own and goal.own):
        found.append("the internal load balancer is asked, and nobody is behind it")
    if PUBLIC in used and (now.closed or goal.closed):
        found.append("the public load balancer is asked, and refuses")
    if now.stands and not goal.stands and (now.own or now.canary):
        found.append("a target group goes together with what is attached to it")
    return found


@pytest.mark.parametrize("callers", [1, 2])
def test_a_move_that_is_killed_anywhere_goes_on_to_either_end_and_no_call_is_lost(
    callers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = (FacadeWay.PUBLIC, FacadeWay.INTERNAL)
    seen: set[World] = set()
    waiting = [world_at(way, callers) for way in FacadeWay]
    while waiting:
        world = waiting.pop()
        if world in seen:
            continue
        seen.add(world)
        for goal in ends:
            now = world
            for way in facade_moves.moves(read(monkeypatch, world), goal):
                end = world_at(way, callers)
                assert lost(now, end) == [], (world, goal, way)
                waiting += moments(now, end)
                now = end
            assert now == world_at(goal, callers), (world, goal)
    assert len(seen) == len(FacadeWay) + 2 + 2**callers - 2, "one of two registered, and some services of all moved"


def test_the_model_notices_a_call_that_is_lost() -> None:
    """The model itself: it must not call everything well."""
    public, prepared, ready, moved, internal = (world_at(way, 2) for way in FacadeWay)
    assert lost(public, internal) == [
        "the internal load balancer is asked, and nobody is behind it",
        "the public load balancer is asked, and refuses",
    ]
    assert lost(ready, internal) == ["the public load balancer is asked, and refuses"]
    assert lost(moved, prepared) == ["the internal load balancer is asked, and nobody is behind it"]
    assert lost(ready, public) == ["a target group goes together with what is attached to it"]


def test_each_step_of_a_move_is_read_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in FacadeWay:
        found = read(monkeypatch, world_at(way, 2))
        assert found == FacadeLive(reached=way, begun=way, has_callers=True)


def test_what_is_half_done_is_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    half = replace(world_at(FacadeWay.READY, 2), callers=(INSIDE, PUBLIC))
    found = read(monkeypatch, half)
    assert (found.reached, found.begun) == (FacadeWay.READY, FacadeWay.MOVED)
    canary_only = replace(world_at(FacadeWay.PREPARED, 1), canary=True)
    assert read(monkeypatch, canary_only).begun is FacadeWay.READY


def test_while_nobody_calls_there_is_nobody_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in FacadeWay:
        now = read(monkeypatch, world_at(way, 0))
        assert not now.has_callers
        up = list(facade_moves.moves(now, FacadeWay.INTERNAL))
        assert up == ([] if way is FacadeWay.INTERNAL else [FacadeWay.INTERNAL])
        down = list(facade_moves.moves(now, FacadeWay.PUBLIC))
        registered = way >= FacadeWay.READY
        assert down == [FacadeWay.PREPARED] * registered + [FacadeWay.PUBLIC] * (way > FacadeWay.PUBLIC)


def test_a_canary_without_tasks_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at(FacadeWay.MOVED, 1)
    canary = {"serviceName": "mysfits-blue-like-c", "desiredCount": 0, "loadBalancers": []}
    old = {"like-c": {"environment": [{"name": "MONOLITH_URL", "value": PUBLIC}]}}
    monkeypatch.setattr(aws, "client", lambda *_: Elb(world))
    found = facade_moves.read(SETTINGS, [*world.services, canary], {**world.containers, **old})
    assert found.reached is FacadeWay.MOVED
    at_work = {**canary, "desiredCount": 2}
    found = facade_moves.read(SETTINGS, [*world.services, at_work], {**world.containers, **old})
    assert (found.reached, found.begun) == (FacadeWay.READY, FacadeWay.MOVED)


def test_a_rule_that_is_gone_by_hand_is_no_way_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an internal load balancer there is none, whatever the public one refuses."""
    assert read(monkeypatch, World(callers=(PUBLIC,), closed=True)) == FacadeLive(has_callers=True)


def test_the_load_balancer_of_an_environment_whose_name_is_longer_is_no_way_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    neighbours = replace(world_at(FacadeWay.PREPARED, 1), env="blue-internal")
    assert read(monkeypatch, neighbours) == FacadeLive(has_callers=True)


def test_a_system_without_a_facade_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda *_: pytest.fail("nothing is to be asked"))
    bookshop = Settings.from_environ({"SYSTEM": "examples/bookshop"})
    assert facade_moves.read(bookshop, [], {}) == FacadeLive()
