"""Rules of the load balancer, derived from routes; what would lead requests astray is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mysfits.system import SYSTEM
from systems.rules import MOST_SERVICES, Rule, problems_of_rules, rules_of
from systems.service import Image, Route, Service

IMAGE = Image(dockerfile="Dockerfile", context=())
MONOLITH = Service(name="monolith", image=IMAGE)


def service(name: str, *routes: str, whole_paths: bool = False) -> Service:
    parsed = [Route(method=text.split()[0], path=text.split()[1]) for text in routes]
    return Service(name=name, image=IMAGE, routes=tuple(parsed), whole_paths=whole_paths)


ORDERS = service("orders", "POST /orders", "GET /orders/{order_id}")


def test_our_services_take_their_whole_paths_in_the_order_of_the_system() -> None:
    assert SYSTEM.rules("like") == (Rule(priority=1, path_patterns=("/mysfits/*/like",)),)
    assert SYSTEM.rules("adopt") == (Rule(priority=2, path_patterns=("/mysfits/*/adopt",)),)


def test_a_path_may_leave_with_one_method_while_the_others_stay() -> None:
    first, second = rules_of(ORDERS, position=0)
    assert first == Rule(priority=1, path_patterns=("/orders",), methods=("POST",))
    assert second == Rule(priority=1 + MOST_SERVICES, path_patterns=("/orders/*",), methods=("GET", "HEAD"))
    stays = Route(method="GET", path="/orders")
    assert not any(rule.takes(stays) for rule in (first, second))


def test_methods_of_one_path_and_paths_of_the_same_methods_share_a_rule() -> None:
    both = service("both", "POST /a", "GET /a", "GET /b", "GET /c", "POST /b")
    assert [(rule.path_patterns, rule.methods) for rule in rules_of(both, position=3)] == [
        (("/a", "/b"), ("GET", "HEAD", "POST")),
        (("/c",), ("GET", "HEAD")),
    ]


def test_no_rule_has_more_values_than_aws_takes() -> None:
    many = service("many", *(f"POST /{name}" for name in "abcdef"))
    rules = rules_of(many, position=0)
    assert [len(rule.path_patterns) + len(rule.methods) for rule in rules] == [5, 3]
    whole = service("whole", *(f"POST /{name}" for name in "abcdef"), whole_paths=True)
    assert [len(rule.path_patterns) for rule in rules_of(whole, position=0)] == [5, 1]


def test_priorities_do_not_move_when_a_service_is_added() -> None:
    before = [rule.priority for rule in rules_of(ORDERS, position=0)]
    all_of_them = [
        rule.priority for position in range(MOST_SERVICES) for rule in rules_of(replace(ORDERS), position=position)
    ]
    assert all_of_them[:2] == before
    assert len(set(all_of_them)) == len(all_of_them)
    assert max(all_of_them) < 40


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
