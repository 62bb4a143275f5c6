"""Each kind of condition, as the API has it, becomes one of the model; what cannot be read says which, and why."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from embedded.alb.conditions import (
    Condition,
    HostHeader,
    HttpHeader,
    HttpRequestMethod,
    PathPattern,
    QueryParameter,
    QueryString,
    SourceIp,
)
from embedded.alb.translate_conditions import condition
from embedded.alb.unsupported import Unsupported
from tests.alb_api_cases import header, host, method, path, query, source


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"Field": "path-pattern", "Values": ["/a"]}, PathPattern(values=("/a",))),
        (path("/a", "/b*"), PathPattern(values=("/a", "/b*"))),
        (host("a.b"), HostHeader(values=("a.b",))),
        (header("X-Key", "a", "*b"), HttpHeader(name="X-Key", values=("a", "*b"))),
        (method("GET", "PUT"), HttpRequestMethod(values=("GET", "PUT"))),
        (
            query({"Key": "k", "Value": "v"}, {"Value": "w"}),
            QueryString(values=(QueryParameter(key="k", value="v"), QueryParameter(key=None, value="w"))),
        ),
        (
            source("10.1.2.3/8", "2001:db8::/32"),
            SourceIp(networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))),
        ),
    ],
)
def test_a_condition_is_carried_over(data: dict[str, Any], expected: Condition) -> None:
    assert condition(data) == expected


WILDCARDS = "matches wildcards, not regular expressions"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"Field": "moon-phase", "Values": ["full"]}, "has no condition moon-phase"),
        ({"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/a"]}}, WILDCARDS),
        ({"Field": "path-pattern", "Values": ["/a"], "RegexValues": ["^/a"]}, WILDCARDS),
        ({**path("/a"), "RegexValues": ["^/a"]}, WILDCARDS),
        ({"Field": "path-pattern", "PathPatternConfig": {"Patterns": ["/a"]}}, "path-pattern, not .'Patterns'."),
        (path(), "reads Values of path-pattern"),
    ],
)
def test_a_condition_that_cannot_be_served_says_why(data: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        condition(data)
