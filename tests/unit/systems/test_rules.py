"""Rules of the load balancer, derived from routes; what would lead requests astray is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mysfits.system import SYSTEM
from systems.rules import (
    FACADE_WITH_KEY_PRIORITY,
    FACADE_WITHOUT_KEY_PRIORITY,
    MONOLITH_RULE,
    MOST_SERVICES,
    Previews,
    Rule,
    former_priority,
    problems_of_rules,
    rules_of,
    side_header,
)
from systems.service import Image, Route, Service

IMAGE = Image(dockerfile="Dockerfile", context=())
MONOLITH = Service(name="monolith", image=IMAGE)


def service(name: str, *routes: str, whole_paths: bool = False) -> Service:
    parsed = [Route(method=text.split()[0], path=text.split()[1]) for text in routes]
    return Service(name=name, image=IMAGE, routes=tuple(parsed), whole_paths=whole_paths)


ORDERS = service("orders", "POST /orders", "GET /orders/{order_id}")


def test_our_services_take_their_whole_paths_in_the_order_of_the_system() -> None:
    assert SYSTEM.rules("like") == (_rule(1, "/mysfits/*/like"),)
    assert SYSTEM.rules("adopt") == (_rule(2, "/mysfits/*/adopt"),)


def test_a_path_may_leave_with_one_method_while_the_others_stay() -> None:
    first, second = rules_of(ORDERS, position=0)
    assert first == _rule(1, "/orders", methods=("POST",))
    assert second == _rule(1 + MOST_SERVICES, "/orders/*", methods=("GET", "HEAD"))
    stays = Route(method="GET", path="/orders")
    assert not any(rule.takes(stays) for rule in (first, second))


def test_methods_of_one_path_and_paths_of_the_same_methods_share_a_rule() -> None:
    both = service("both", "POST /a", "GET /a", "GET /b", "GET /c", "POST /b")
    assert [(rule.path_patterns, rule.methods) for rule in rules_of(both, position=3)] == [
        (("/a",), ("GET", "HEAD", "POST")),
        (("/b",), ("GET", "HEAD", "POST")),
        (("/c",), ("GET", "HEAD")),
    ]


def test_no_rule_has_more_values_than_aws_takes_and_one_is_left_for_the_previews_header() -> None:
    many = service("many", *(f"POST /{name}" for name in "abcdef"))
    rules = rules_of(many, position=0)
    assert [len(rule.path_patterns) + len(rule.methods) for rule in rules] == [4, 4]
    whole = service("whole", *(f"POST /{name}" for name in "abcdef"), whole_paths=True)
    assert [len(rule.path_patterns) for rule in rules_of(whole, position=0)] == [4, 2]


def test_many_methods_of_one_path_are_shared_among_rules() -> None:
    resource = service("resource", *(f"{method} /a/{{id}}" for method in ("GET", "PUT", "DELETE")))
    assert [(rule.path_patterns, rule.methods) for rule in rules_of(resource, position=0)] == [
        (("/a/*",), ("DELETE", "GET", "HEAD")),
        (("/a/*",), ("PUT",)),
    ]


def test_priorities_do_not_move_when_a_service_is_added_and_are_different_ones() -> None:
    most = service("most", "GET /a", "POST /b", "PUT /c")
    rules = [rule for position in range(MOST_SERVICES) for rule in rules_of(most, position=position)]
    assert [rule.priority for rule in rules[:3]] == [401, 401 + MOST_SERVICES, 401 + 2 * MOST_SERVICES]
    found = [FACADE_WITH_KEY_PRIORITY, FACADE_WITHOUT_KEY_PRIORITY]
    for rule in [*rules, MONOLITH_RULE]:
        assert rule.previews is not None
        found += [rule.previews.new, rule.previews.old, rule.priority]
    assert len(set(found)) == len(found)


def test_a_header_names_side_and_key() -> None:
    assert dict(side_header("old", "k3y")) == {"X-Canary": "old:k3y"}


def test_the_former_priority_is_that_of_rules_without_previews() -> None:
    first, second = rules_of(ORDERS, position=1)
    assert [former_priority(rule) for rule in (first, second, MONOLITH_RULE)] == [2, 15, 100]


@pytest.mark.parametrize(
    ("monolith", "services", "problem"),
    [
        (MONOLITH, [service("none")], "none has no routes"),
        (
            replace(MONOLITH, routes=(Route(method="GET", path="/orders/{id}/history"),)),
            [ORDERS],
            "orders would take GET /orders/{id}/history, which stays in monolith.",
        ),
        (
            replace(MONOLITH, routes=(Route(method="GET", path="/orders"),)),
            [service("orders", "POST /orders", whole_paths=True)],
            "orders would take GET /orders, which stays in monolith.",
        ),
        (
            MONOLITH,
            [service("shop", "GET /shop/{rest}"), service("cart", "GET /shop/{user}/cart")],
            "shop would take GET /shop/{user}/cart of cart; put cart before it.",
        ),
        (
            MONOLITH,
            [service("many", "GET /a", "POST /b", "PUT /c", "DELETE /d")],
            "many needs more than 3 rules",
        ),
        (
            MONOLITH,
            [service(f"s{number}", f"GET /{number}") for number in range(MOST_SERVICES + 1)],
            "There are 14 services",
        ),
    ],
)
def test_what_would_lead_requests_astray_is_said(monolith: Service, services: list[Service], problem: str) -> None:
    assert any(text.startswith(problem) for text in problems_of_rules(monolith, services))


def test_a_method_that_stays_and_the_more_special_path_first_are_no_problem() -> None:
    keeps = replace(MONOLITH, routes=(Route(method="GET", path="/orders"),))
    first = service("cart", "GET /shop/{user}/cart")
    assert problems_of_rules(keeps, [ORDERS, first, service("shop", "GET /shop/{rest}")]) == []


def _rule(slot: int, path: str, *, methods: tuple[str, ...] = ()) -> Rule:
    previews = Previews(new=200 + slot, old=300 + slot)
    return Rule(priority=400 + slot, path_patterns=(path,), methods=methods, slot=slot, previews=previews)
