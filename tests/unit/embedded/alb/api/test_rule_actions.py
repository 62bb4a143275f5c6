"""Actions of a rule or listener, as AWS takes and refuses them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from embedded.alb.api.actions import check_actions, forwarded_groups, is_group_sticky
from embedded.alb.api.refusals import Refusal
from embedded.alb.api.shapes import check_shape
from tests.alb_api_cases import Data, bad_actions, fixed, forward, good_actions, redirect

PORT = 8080
BALANCER, OTHER = "arn:balancer", "arn:other"
GROUPS = tuple(f"arn:group-{number}" for number in range(6))
TCP, STICKY, LAMBDA = "arn:tcp", "arn:sticky", "arn:lambda"
CASES = list(bad_actions(GROUPS, tcp_group=TCP, sticky_group=STICKY, port=PORT))


def record(arn: str, *, protocol: str | None = "HTTP", target_type: str = "ip", **attributes: str) -> SimpleNamespace:
    return SimpleNamespace(arn=arn, protocol=protocol, target_type=target_type, attributes=attributes)


@pytest.fixture
def backend() -> Any:
    records = [
        *(record(arn) for arn in GROUPS),
        record(TCP, protocol="TCP"),
        record(STICKY, **{"stickiness.enabled": "true"}),
        record(LAMBDA, protocol=None, target_type="lambda"),
    ]
    return SimpleNamespace(target_groups={one.arn: one for one in records}, load_balancers={})


def check(actions: list[Data], backend: Any, *, protocol: str = "HTTP", port: int = PORT) -> None:
    """What CreateRule and its like do with actions."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/a/1/2"
    condition = {"Field": "path-pattern", "Values": ["/"]}
    check_shape("CreateRule", {"ListenerArn": arn, "Conditions": [condition], "Priority": 1, "Actions": actions})
    check_actions(actions, backend=backend, balancer=BALANCER, protocol=protocol, port=port)


def refusal(actions: list[Data], backend: Any, *, protocol: str = "HTTP", port: int = PORT) -> Refusal:
    with pytest.raises(Refusal) as refused:
        check(actions, backend, protocol=protocol, port=port)
    return refused.value


@pytest.mark.parametrize(("code", "actions"), CASES, ids=repr)
def test_actions_that_are_refused_everywhere(code: str, actions: list[Data], backend: Any) -> None:
    assert refusal(actions, backend).code == code


@pytest.mark.parametrize("actions", list(good_actions(GROUPS, sticky_group=STICKY)), ids=repr)
def test_actions_that_are_taken(actions: list[Data], backend: Any) -> None:
    check(actions, backend)


def oidc(order: int) -> Data:
    config = {"Issuer": "i", "AuthorizationEndpoint": "a", "TokenEndpoint": "t", "UserInfoEndpoint": "u"}
    config |= {"ClientId": "c", "ClientSecret": "s"}
    return {"Type": "authenticate-oidc", "AuthenticateOidcConfig": config, "Order": order}


def test_who_a_visitor_is_can_be_asked_on_https_and_before_the_one_action_that_answers(backend: Any) -> None:
    check([oidc(1), {**fixed(), "Order": 2}], backend, protocol="HTTPS")
    check([{**fixed(), "Order": 2}, oidc(1)], backend, protocol="HTTPS")
    assert "HTTPS" in str(refusal([oidc(1), {**fixed(), "Order": 2}], backend))
    last = refusal([oidc(2), {**fixed(), "Order": 1}], backend, protocol="HTTPS")
    assert "as its last" in str(last)
    assert "exactly one" in str(refusal([oidc(1)], backend, protocol="HTTPS"))


def test_five_actions_are_not_too_many(backend: Any) -> None:
    actions = [*(oidc(order) for order in range(1, 5)), {**fixed(), "Order": 5}]
    check(actions, backend, protocol="HTTPS")


@pytest.mark.parametrize(
    ("actions", "named"),
    [
        ([{"Type": "forward"}], "type 'forward', you must specify the following fields: 'ForwardConfig'"),
        ([{"Type": "redirect"}], "type 'redirect', you must specify the following fields: 'RedirectConfig'"),
        ([{**fixed(), "TargetGroupArn": GROUPS[0]}], "'TargetGroupArn' field is not compatible"),
        ([{**fixed(), "Order": 7}, {**fixed(), "Order": 7}], "order '7' was provided multiple times"),
        ([forward(*GROUPS)], "'5' target groups"),
        ([forward(GROUPS[0], weight=1000)], "Weight '1000'"),
        ([forward(GROUPS[0], GROUPS[0])], f"'{GROUPS[0]}' was provided multiple times"),
        ([forward(TCP)], f"'{TCP}' with protocol TCP does not fit a HTTP listener"),
        ([forward(*GROUPS[:2], Enabled=True, DurationSeconds=0)], "duration '0'"),
        ([redirect(Path="/#{query}")], "path cannot contain '#{query}'"),
        ([redirect(Path="new")], "path 'new' must begin"),
        ([redirect(Port="0")], "port '0' must be '#{port}'"),
        ([fixed(ContentType="image/png")], "text/plain, text/css"),
    ],
    ids=repr,
)
def test_a_refusal_names_what_is_wrong(actions: list[Data], named: str, backend: Any) -> None:
    assert named in str(refusal(actions, backend))


def test_a_group_has_the_listeners_kind_of_protocol_and_a_function_none(backend: Any) -> None:
    check([forward(LAMBDA)], backend)
    check([forward(TCP)], backend, protocol="TLS")
    check([forward(GROUPS[0])], backend, protocol="HTTPS")
    assert refusal([forward(GROUPS[0])], backend, protocol="TLS").code == "IncompatibleProtocols"


@pytest.mark.parametrize("seconds", [1, 604_800])
def test_group_stickiness_has_a_duration(seconds: int, backend: Any) -> None:
    check([forward(*GROUPS[:2], Enabled=True, DurationSeconds=seconds)], backend)
    check([forward(*GROUPS[:2], Enabled=False)], backend)
    assert refusal([forward(*GROUPS[:2], Enabled="true")], backend).code == "ValidationError"


def test_a_duration_without_stickiness_is_checked_too(backend: Any) -> None:
    assert "duration '604801'" in str(refusal([forward(GROUPS[0], DurationSeconds=604_801)], backend))


@pytest.mark.parametrize(
    "config",
    [
        {"Path": "/other"},
        {"Host": "example.com"},
        {"Port": "8081"},
        {"Protocol": "HTTPS"},
        {"Port": "1", "Host": "#{host}"},
        {"Port": "65535"},
        {"Path": "/#{host}/#{path}/#{port}"},
        {"Host": "#{host}", "Path": "/#{path}/more"},
        {"Host": "a.b", "Query": "#{protocol}#{host}#{port}#{path}#{query}"},
    ],
    ids=repr,
)
def test_redirects_that_lead_elsewhere_are_taken(config: Data, backend: Any) -> None:
    check([redirect(**config)], backend)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}"},
        {"Protocol": "HTTP"},
        {"Port": str(PORT)},
        {"Query": "a=b"},
    ],
    ids=repr,
)
def test_a_redirect_to_itself_is_refused(config: Data, backend: Any) -> None:
    assert "creates a loop" in str(refusal([redirect(**config)], backend))


def test_a_redirect_never_leaves_https(backend: Any) -> None:
    down = refusal([redirect(Protocol="HTTP", Host="a.b")], backend, protocol="HTTPS")
    assert "HTTPS to HTTP" in str(down)
    check([redirect(Protocol="HTTPS", Host="a.b")], backend, protocol="HTTPS")
    check([redirect(Protocol="HTTP", Host="a.b")], backend)


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/css", "text/html", "application/javascript", "application/json", ""]
)
def test_content_types_that_are_taken(kind: str, backend: Any) -> None:
    check([fixed(ContentType=kind)], backend)


def test_the_groups_of_a_forward_action_in_both_spellings() -> None:
    assert forwarded_groups({"TargetGroupArn": "a"}) == [{"TargetGroupArn": "a"}]
    pair = {"TargetGroups": [{"TargetGroupArn": "b", "Weight": 1}]}
    assert forwarded_groups({"TargetGroupArn": "b", "ForwardConfig": pair}) == pair["TargetGroups"]
    assert forwarded_groups({"Type": "fixed-response"}) == []


@pytest.mark.parametrize(("enabled", "sticky"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_whether_an_action_has_group_stickiness(enabled: Any, sticky: bool) -> None:
    assert is_group_sticky({"ForwardConfig": {"TargetGroupStickinessConfig": {"Enabled": enabled}}}) is sticky
    assert not is_group_sticky({"ForwardConfig": {}})
    assert not is_group_sticky({})


@pytest.mark.parametrize(("owner", "is_refused"), [(BALANCER, False), (OTHER, True)])
def test_a_group_that_a_rule_of_another_load_balancer_leads_to_is_refused(
    backend: Any, owner: str, is_refused: bool
) -> None:
    rule = SimpleNamespace(actions=[SimpleNamespace(data=forward(GROUPS[0]))])
    listener = SimpleNamespace(rules={"arn:rule": rule})
    backend.load_balancers[owner] = SimpleNamespace(arn=owner, listeners={"arn:listener": listener})
    check([forward(GROUPS[1])], backend)
    if is_refused:
        assert refusal([forward(GROUPS[1], GROUPS[0])], backend).code == "TargetGroupAssociationLimit"
    else:
        check([forward(GROUPS[1], GROUPS[0])], backend)
