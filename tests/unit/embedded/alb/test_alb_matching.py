"""The plain reading of AWS's rules, by AWS's own examples."""

from __future__ import annotations

import pytest

from embedded.alb.actions import FixedResponse
from embedded.alb.conditions import HostHeader, HttpRequestMethod, PathPattern
from embedded.alb.model import Listener, Rule
from tests.alb_matching import Request, decide, matching_rule, wildcard_match


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/img/*", "/img/a.png", True),
        ("/img/*", "/img/", True),
        ("/img/*", "/img", False),
        ("/img/*", "/img/deep/er/a.png", True),
        ("/img/*/pics", "/img/2024/may/pics", True),
        ("/img/*/pics", "/img//pics", True),
        ("/img/*/pics", "/img/pics", False),
        ("/mysfits/*/like", "/mysfits/x/like", True),
        ("/mysfits/*/like", "/mysfits/x/Like", False),
        ("/mysfits/*/like", "/mysfits/x/lik%65", False),
        ("/mysfits/*/like", "/mysfits/x/like/", False),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("/a?c", "/abbc", False),
        ("/a?c", "/a/c", True),
        ("/a.c", "/abc", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("**", "/", True),
        ("?*?", "a", False),
        ("?*?", "ab", True),
    ],
)
def test_wildcards_match_as_documented(pattern: str, path: str, matches: bool) -> None:
    assert wildcard_match(pattern, path) is matches


def _listener(*rules: Rule) -> Listener:
    return Listener(port=80, rules=rules, default=FixedResponse(status=404))


def _rule(priority: int, *conditions: PathPattern | HostHeader | HttpRequestMethod) -> Rule:
    return Rule(priority=priority, conditions=conditions, action=FixedResponse(status=200, body=str(priority)))


def test_lowest_priority_number_wins_whatever_the_order_of_rules() -> None:
    everything = PathPattern(values=("*",))
    listener = _listener(_rule(20, everything), _rule(3, everything), _rule(100, everything))
    assert decide(listener, Request(target="/")) == FixedResponse(status=200, body="3")


def test_default_action_is_taken_when_no_rule_applies() -> None:
    assert decide(_listener(_rule(1, PathPattern(values=("/a",)))), Request(target="/b")) == FixedResponse(status=404)


def test_query_string_takes_no_part_in_the_path() -> None:
    listener = _listener(_rule(1, PathPattern(values=("/a/*/like",))))
    assert matching_rule(listener, Request(target="/a/b/like?c=d")) is not None
    assert matching_rule(listener, Request(target="/a/b?c=/like")) is None


def test_values_are_alternatives_and_conditions_all_hold() -> None:
    rule = _rule(1, PathPattern(values=("/a", "/b")), HttpRequestMethod(values=("GET", "PUT")))
    listener = _listener(rule)
    assert matching_rule(listener, Request(target="/b", method="PUT")) == rule
    assert matching_rule(listener, Request(target="/b", method="POST")) is None
    assert matching_rule(listener, Request(target="/c", method="PUT")) is None


def test_methods_are_case_sensitive_and_hosts_are_not() -> None:
    assert (
        matching_rule(_listener(_rule(1, HttpRequestMethod(values=("GET",)))), Request(target="/", method="get"))
        is None
    )
    hosts = _listener(_rule(1, HostHeader(values=("*.Example.com",))))
    assert matching_rule(hosts, Request(target="/", host="API.example.COM")) is not None


def test_port_in_the_host_header_takes_no_part() -> None:
    listener = _listener(_rule(1, HostHeader(values=("example.com",))))
    assert matching_rule(listener, Request(target="/", host="example.com:8080")) is not None
