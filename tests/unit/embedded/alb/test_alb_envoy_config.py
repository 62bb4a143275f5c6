"""The translation against the plain reading: whatever AWS's rules decide, the rendered routes decide."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from embedded.alb.actions import FixedResponse, Forward, WeightedGroup
from embedded.alb.conditions import PathPattern
from embedded.alb.envoy_config import clusters, routes
from embedded.alb.envoy_patterns import pattern_regex
from embedded.alb.model import Listener, Rule
from embedded.alb.targets import Target, TargetGroup
from tests.alb_matching import Request, decide, wildcard_match
from tests.unit.embedded.alb import alb_strategies as some

A = Target(host="127.0.0.1", port=1001)
B = Target(host="127.0.0.1", port=1002)


def _table(listener: Listener) -> list[dict[str, Any]]:
    names = {group: f"{group.name}-1" for group in listener.groups()}
    response: Any = routes(listener=listener, names=names, generation="7", probe_host="probe.invalid")
    [config] = response["resources"]
    [_, everything] = config["virtual_hosts"]
    table: list[dict[str, Any]] = everything["routes"]
    return table


def _follow(table: list[dict[str, Any]], request: Request) -> str:
    """Body of the first route that matches ``request``, reading matches as Envoy's reference describes them."""
    for route in table:
        match = route["match"]
        if (
            ("safe_regex" not in match or re.fullmatch(match["safe_regex"]["regex"], request.path))
            and ("prefix" not in match or request.path.startswith(match["prefix"]))
            and all(_header_holds(header, request) for header in match.get("headers", ()))
            and all(_address_holds(each, request) for each in match.get("filter_state", ()))
            and all(_metadata_holds(each, request) for each in match.get("dynamic_metadata", ()))
        ):
            body: str = route["direct_response"]["body"]["inline_string"]
            return body
    raise AssertionError("no route matches, not even the default")


def _header_holds(header: dict[str, Any], request: Request) -> bool:
    pseudo = {":authority": request.host, ":method": request.method, ":path": request.target}
    lines = [line for name, line in request.headers if name.lower() == header["name"]]
    value = pseudo.get(header["name"], ",".join(lines) if lines else None)
    if "present_match" in header:
        return value is not None
    found = value is not None and re.fullmatch(header["string_match"]["safe_regex"]["regex"], value)
    return bool(found) is not header.get("invert_match", False)


def _address_holds(state: dict[str, Any], request: Request) -> bool:
    ranges = (f"{each['address_prefix']}/{each['prefix_len']}" for each in state["address_match"]["ranges"])
    return any(ip_address(request.source) in ip_network(each) for each in ranges)


def _metadata_holds(metadata: dict[str, Any], request: Request) -> bool:
    """As if the script had handed on all headers when one of its headers is repeated."""
    names = [name.lower() for name, _ in request.headers]
    is_repeated = any(names.count(name) > 1 for name in ("x-key", "x-other"))
    if metadata["filter"] == "alb.repeated":
        return is_repeated is not metadata.get("invert", False)
    regex = metadata["value"]["list_match"]["one_of"]["string_match"]["safe_regex"]["regex"]
    [key] = metadata["path"]
    return any(re.fullmatch(regex, line) for name, line in request.headers if name.lower() == key["key"])


@given(st.one_of(some.patterns, st.text(max_size=8)), st.one_of(some.texts, st.text(max_size=8)))
def test_expression_accepts_what_the_pattern_accepts(pattern: str, text: str) -> None:
    assert bool(re.fullmatch(pattern_regex([pattern]), text)) is wildcard_match(pattern, text)


@given(st.text(alphabet=some.VISIBLE.replace("*", "").replace("?", ""), max_size=12))
def test_every_character_but_the_wildcards_stands_for_itself(text: str) -> None:
    assert re.fullmatch(pattern_regex([text]), text)


@given(st.data())
def test_routes_decide_as_the_rules_do(data: st.DataObject) -> None:
    listener = data.draw(some.listeners())
    request = data.draw(some.near(listener))
    wanted = decide(listener, request)
    assert isinstance(wanted, FixedResponse)
    assert _follow(_table(listener), request) == wanted.body


def _forward(**weights: int) -> Forward:
    groups = (
        WeightedGroup(group=TargetGroup(name=name, targets=(A,)), weight=weight) for name, weight in weights.items()
    )
    return Forward(groups=tuple(groups))


def test_weights_go_to_the_clusters_of_the_groups() -> None:
    [route] = _table(Listener(port=80, rules=(), default=_forward(monolith=30, like=70)))
    weighted = route["route"]["weighted_clusters"]["clusters"]
    assert {each["name"]: each["weight"] for each in weighted} == {"monolith-1": 30, "like-1": 70}


def test_forward_with_all_weights_zero_answers_503() -> None:
    [route] = _table(Listener(port=80, rules=(), default=_forward(monolith=0, like=0)))
    assert route["direct_response"]["status"] == 503


def test_clusters_hold_the_targets_of_their_groups() -> None:
    names = {TargetGroup(name="like", targets=(A, B)): "like-1", TargetGroup(name="like"): "like-2"}
    response: Any = clusters(names=names, version="1")
    found = {
        each["name"]: [
            target["endpoint"]["address"]["socket_address"]
            for endpoints in each["load_assignment"]["endpoints"]
            for target in endpoints["lb_endpoints"]
        ]
        for each in response["resources"]
    }
    one, two = ({"address": "127.0.0.1", "port_value": port} for port in (1001, 1002))
    assert found == {"like-1": [one, two], "like-2": []}


def test_percent_signs_in_a_content_type_are_no_format() -> None:
    action = FixedResponse(status=200, content_type="text/plain; note=%REQ(x)%", body="b")
    [route] = _table(Listener(port=80, rules=(), default=action))
    values = {each["header"]["key"]: each["header"]["value"] for each in route["response_headers_to_add"]}
    assert values["Content-Type"] == "text/plain; note=%%REQ(x)%%"


def test_rules_stand_in_order_of_priority_before_the_default() -> None:
    rules = tuple(
        Rule(
            priority=priority,
            conditions=(PathPattern(values=("*",)),),
            action=FixedResponse(status=200, body=str(priority)),
        )
        for priority in (30, 2, 100)
    )
    table = _table(Listener(port=80, rules=rules, default=FixedResponse(status=404, body="default")))
    bodies = [route["direct_response"]["body"]["inline_string"] for route in table]
    assert bodies == ["2", "30", "100", "default"]
