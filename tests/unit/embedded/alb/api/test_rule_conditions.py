"""Conditions of a rule, as AWS takes and refuses them."""

from __future__ import annotations

import pytest

from embedded.alb.api.conditions import check_conditions
from embedded.alb.api.refusals import Refusal
from tests.alb_api_cases import BAD_CONDITIONS, GOOD_CONDITIONS, Data, header, host, method, path, query, source


def regex(field: str, config: str, *expressions: str) -> Data:
    return {"Field": field, config: {"RegexValues": list(expressions)}}


@pytest.mark.parametrize(
    "conditions",
    [
        *GOOD_CONDITIONS,
        [path("/1", "/2", "/3", "/4", "/5")],
        [path("/1", "/2"), method("GET", "PUT"), host("a.b")],
        [path("/******")],
        [header("X", r"\*******")],
        [path("/" + "a" * 127)],
        [path("""/A_-.$~"'@:+&""")],
        [method("A" * 40)],
        [header("X" * 40, "a" * 128)],
        [header("X", " ~")],
        [query({"Key": "a" * 128, "Value": "b" * 128})],
        [query({"Key": "", "Value": "b"})],
        [query({"Key": "****", "Value": "**"})],
        [source("0.0.0.0/0", "1.2.3.4/32")],
        [source("10.0.0.1/8")],
        [host("*.?")],
        [{"Field": "host-header", "Values": ["a.b"]}],
        [{"Field": "path-pattern", "RegexValues": ["^/a$"]}],
        [{"Field": "http-header", "RegexValues": ["a"], "HttpHeaderConfig": {"HttpHeaderName": "X"}}],
        [regex("path-pattern", "PathPatternConfig", "[*][*][*][*][*][*][*]")],
        [regex("path-pattern", "PathPatternConfig", "a" * 128)],
        [{**header("X"), "HttpHeaderConfig": {"HttpHeaderName": "X", "RegexValues": ["a"]}}],
    ],
    ids=repr,
)
def test_conditions_that_are_taken(conditions: list[Data]) -> None:
    check_conditions(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        *(conditions for conditions in BAD_CONDITIONS if conditions),
        [path("/1", "/2", "/3"), header("X", "a", "b", "c")],
        [path("/1", "/2", "/3"), query({"Value": "a"}, {"Value": "b"}), source("10.0.0.0/8")],
        [path("/****"), query({"Key": "*", "Value": "**"})],
        [path("/???"), host("*.*.??")],
        [{"Field": "path-pattern", "RegexValues": ["a" * 129]}],
        [regex("path-pattern", "PathPatternConfig", "a" * 129)],
        [regex("host-header", "HostHeaderConfig", *"abcdef")],
        [{"Field": "http-request-method", "RegexValues": ["GET"]}],
        [{"Field": "source-ip", "Values": ["10.0.0.0/8"]}],
        [{"Field": "http-header", "RegexValues": ["a"]}],
        [{"Field": "http-header"}],
        [{"Field": "query-string"}],
        [header("X\x7f", "a")],
        [header("X", "caf\xe9")],
        [header("X", "")],
        [header("hOsT", "a.b")],
        [query({"Value": "a b"})],
        [query({"Key": "a b", "Value": "c"})],
        [host("")],
        [host("a.")],
        [host("a.b-c")],
        [method("")],
        [source("10.0.0.0/8", "")],
        [source("2001:db8::/129")],
    ],
    ids=repr,
)
def test_conditions_that_are_refused(conditions: list[Data]) -> None:
    with pytest.raises(Refusal) as refused:
        check_conditions(conditions)
    assert refused.value.code == "ValidationError"


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        ([{"Field": "moon-phase"}], "'moon-phase' must be one of '[path-pattern, host-header, http-header"),
        ([path("/a"), path("/b")], "one 'path-pattern' condition"),
        ([path("/1", "/2", "/3", "/4", "/5", "/6")], "'5' condition values"),
        ([path("/*******")], "'6' condition wildcards"),
        ([{"Field": "path-pattern", "Values": ["/a", "/b"]}], "'path-pattern' field contains too many values"),
        ([{**path("/a"), "HostHeaderConfig": {"Values": ["a.b"]}}], "'HostHeaderConfig' field is not compatible"),
        ([{"Field": "http-request-method", "Values": ["GET"]}], "'Values' field is not compatible"),
        ([{"Field": "source-ip", "RegexValues": ["a"]}], "'RegexValues' field is not compatible"),
        ([{**path("/a"), "Values": ["/a"]}], "both Values and 'PathPatternConfig'"),
        ([{"Field": "http-header"}], "A 'HttpHeaderConfig' must be specified"),
        ([header("", "a")], "'HttpHeaderName' must be specified"),
        ([header("X" * 41, "a")], "'HttpHeaderName' value is too long; the limit is '40'"),
        ([header("X Y", "a")], "'X Y' contains a character"),
        ([header("Host", "a.b")], "use 'host-header'"),
        ([query({"Key": "a"})], "'QueryStringKeyValuePair'"),
        ([path("")], "'path-pattern' value cannot be empty"),
        ([method("A" * 41)], "'http-request-method' value is too long; the limit is '40'"),
        ([path("/" + "a" * 128)], "'path-pattern' value is too long; the limit is '128'"),
        ([path("/a b")], "'/a b' contains a character"),
        ([host("localhost")], "'localhost' must contain a '.'"),
        ([source("10.0.0.1")], "'10.0.0.1' is not a valid CIDR block"),
    ],
    ids=repr,
)
def test_a_refusal_names_what_is_wrong(conditions: list[Data], named: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_conditions(conditions)
    assert named in str(refused.value)
