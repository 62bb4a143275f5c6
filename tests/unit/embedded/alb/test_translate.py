"""From records of the ELBv2 API to the model; what cannot be served is one rule's matter, and told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from embedded.alb.actions import FixedResponse, Forward, Redirect, Unserved
from embedded.alb.conditions import HttpHeader, PathPattern
from embedded.alb.model import ConnectionSettings, Listener, Rule
from embedded.alb.targets import TargetGroup, TargetStickiness
from embedded.alb.tls import Certificate, Tls
from embedded.alb.translate import Warnings, listener
from embedded.alb.translate_actions import target_group
from embedded.alb.unsupported import Unsupported
from tests.alb_api_cases import header

LIKE = "arn:aws:elasticloadbalancing:us-east-1:0:targetgroup/like/1"
MONOLITH = "arn:aws:elasticloadbalancing:us-east-1:0:targetgroup/monolith/2"
NOT_FOUND = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "application/json", "MessageBody": "{}"},
}
PATH = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/mysfits/*/like"]}}


def forward(**weights: int) -> dict[str, Any]:
    groups = [
        {"TargetGroupArn": {"like": LIKE, "monolith": MONOLITH}[name], "Weight": w} for name, w in weights.items()
    ]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


GROUPS = {LIKE: TargetGroup(name="like"), MONOLITH: TargetGroup(name="monolith")}
LAMBDA = "arn:aws:elasticloadbalancing:us-east-1:0:targetgroup/function/3"


def group_of(arn: str) -> TargetGroup:
    if arn == LAMBDA:
        raise Unsupported("no Lambda targets")
    return GROUPS[arn]


CERTIFICATES = {name: Certificate(chain=f"chain of {name}", private_key=f"key of {name}") for name in ("shop", "api")}


def certificate_of(arn: str) -> Certificate:
    if arn not in CERTIFICATES:
        raise Unsupported(f"There is no certificate {arn}.")
    return CERTIFICATES[arn]


def actions(*data: dict[str, Any]) -> list[SimpleNamespace]:
    return [SimpleNamespace(data=each) for each in data]


def rule(number: int, conditions: list[dict[str, Any]], *data: dict[str, Any], **more: Any) -> SimpleNamespace:
    return SimpleNamespace(
        arn=f"rule-{number}", priority=number, is_default=False, conditions=conditions, actions=actions(*data), **more
    )


def translated(
    *rules: SimpleNamespace,
    default: tuple[dict[str, Any], ...] = (NOT_FOUND,),
    protocol: str = "HTTP",
    certificates: tuple[str, ...] = (),
    policy: str | None = None,
) -> tuple[Listener, Warnings]:
    warnings: Warnings = {}
    is_default = SimpleNamespace(arn="default", priority="default", is_default=True, conditions=[], actions=[])
    record = SimpleNamespace(
        arn="listener",
        protocol=protocol,
        port="80",
        rules={each.arn: each for each in (*rules, is_default)},
        default_actions=actions(*default),
        certificate=certificates[0] if certificates else None,
        certificates=list(certificates),
        ssl_policy=policy,
    )
    model = listener(
        record,
        group_of=group_of,
        certificate_of=certificate_of,
        connections=ConnectionSettings(),
        warnings=warnings,
    )
    return model, warnings


def only_rule(*, conditions: list[dict[str, Any]] | None = None, action: dict[str, Any] | None = None) -> Rule:
    model, warnings = translated(rule(1, conditions or [PATH], action or forward(like=100)))
    assert warnings == {}
    (found,) = model.rules
    return found


def test_rules_weights_and_the_default_are_carried_over() -> None:
    model, warnings = translated(rule(1, [PATH], forward(like=10, monolith=90)))
    (found,) = model.rules
    assert found.conditions == (PathPattern(values=("/mysfits/*/like",)),)
    assert isinstance(found.action, Forward)
    assert {each.group.name: each.weight for each in found.action.groups} == {"like": 10, "monolith": 90}
    assert model.default == FixedResponse(status=404, content_type="application/json", body="{}")
    assert warnings == {}


def test_a_forward_that_names_its_only_group_by_arn_is_carried_over() -> None:
    action = only_rule(action={"Type": "forward", "TargetGroupArn": MONOLITH}).action
    assert isinstance(action, Forward)
    assert [(each.group.name, each.weight) for each in action.groups] == [("monolith", 1)]


def test_several_conditions_of_the_repeatable_kinds_are_carried_over() -> None:
    found = only_rule(conditions=[header("X", "a"), PATH, header("X", "*b*"), header("Y", "*")])
    assert len(found.conditions) == 4


def test_redirect_keeps_what_it_does_not_name() -> None:
    config = {"StatusCode": "HTTP_302", "Protocol": "HTTPS", "Port": "443", "Query": ""}
    action = only_rule(action={"Type": "redirect", "RedirectConfig": config}).action
    assert action == Redirect(status=302, protocol="HTTPS", port="443", query="")
    config = {"StatusCode": "HTTP_301", "Host": "a.b", "Path": "/x"}
    action = only_rule(action={"Type": "redirect", "RedirectConfig": config}).action
    assert action == Redirect(status=301, host="a.b", path="/x")


@pytest.mark.parametrize("enabled", [True, "true"])
def test_group_stickiness_is_carried_over(enabled: object) -> None:
    data = forward(like=1, monolith=1)
    data["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": enabled, "DurationSeconds": 90}
    action = only_rule(action=data).action
    assert isinstance(action, Forward)
    assert action.sticky_seconds == 90


def test_stickiness_and_algorithm_of_a_group_are_carried_over() -> None:
    def found(**attributes: str) -> TargetGroup:
        record = SimpleNamespace(
            name="g",
            target_type="ip",
            protocol="HTTP",
            protocol_version="HTTP1",
            attributes={key.replace("__", "."): value for key, value in attributes.items()},
        )
        return target_group(record, targets=(), idle_seconds=5)

    plain = TargetGroup(name="g", idle_seconds=5)
    assert found(stickiness__enabled="false", stickiness__type="lb_cookie") == plain
    assert found(stickiness__enabled="true").stickiness == TargetStickiness(seconds=86_400)
    lb_cookie = found(stickiness__enabled="true", stickiness__lb_cookie__duration_seconds="9")
    assert lb_cookie.stickiness == TargetStickiness(seconds=9)
    session = {"stickiness__type": "app_cookie", "stickiness__app_cookie__cookie_name": "s"}
    app_cookie = found(stickiness__enabled="true", stickiness__app_cookie__duration_seconds="7", **session)
    assert app_cookie.stickiness == TargetStickiness(seconds=7, app_cookie="s")
    assert found(load_balancing__algorithm__type="weighted_random").algorithm == "weighted_random"


@pytest.mark.parametrize(
    ("target_type", "protocol", "version", "why"),
    [("lambda", None, None, "Lambda targets"), ("ip", "HTTP", "GRPC", "not HTTP GRPC"), ("ip", "TCP", None, "not TCP")],
)
def test_group_whose_targets_cannot_be_served_is_refused(
    target_type: str, protocol: str, version: str, why: str
) -> None:
    record = SimpleNamespace(name="g", target_type=target_type, protocol=protocol, protocol_version=version)
    with pytest.raises(Unsupported, match=f"{why}, as in target group g"):
        target_group(record, targets=(), idle_seconds=60)


UNSERVED = [
    ({"Type": "authenticate-oidc", "Order": 1}, forward(like=1)),
    ({"Type": "forward", "TargetGroupArn": LAMBDA},),
    ({"Type": "forward", "TargetGroupArn": "unknown"},),
    (forward(like=1000),),
    ({"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": LIKE}, {"TargetGroupArn": LIKE}]}},),
    ({"Type": "redirect"},),
    ({"Type": "jwt-validation"},),
    ({},),
    (),
]


@pytest.mark.parametrize("data", UNSERVED)
def test_rule_whose_action_cannot_be_served_answers_501_alone(data: tuple[dict[str, Any], ...]) -> None:
    model, warnings = translated(rule(1, [PATH], *data), rule(2, [PATH], forward(like=1)))
    first, second = model.in_order()
    assert isinstance(first.action, Unserved)
    assert warnings == {"rule-1": first.action.reason}
    assert isinstance(second.action, Forward)
    assert model.default == FixedResponse(status=404, content_type="application/json", body="{}")


@pytest.mark.parametrize("data", UNSERVED)
def test_default_action_that_cannot_be_served_answers_501_alone(data: tuple[dict[str, Any], ...]) -> None:
    model, warnings = translated(rule(1, [PATH], forward(like=1)), default=data)
    assert isinstance(model.default, Unserved)
    assert warnings == {"listener": model.default.reason}
    assert isinstance(model.rules[0].action, Forward)


UNREAD = [
    {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/a$"]}},
    {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "RegexValues": ["a"]}},
    {"Field": "source-ip", "SourceIpConfig": {"Values": ["nowhere"]}},
    {"Field": "moon-phase", "Values": ["full"]},
    {},
]


@pytest.mark.parametrize("unread", UNREAD)
def test_rule_with_a_condition_that_cannot_be_read_answers_501_where_the_others_hold(unread: dict[str, Any]) -> None:
    model, warnings = translated(rule(1, [unread, header("X", "a")], forward(like=1)))
    assert model.rules[0].conditions == (HttpHeader(name="X", values=("a",)),)
    assert isinstance(model.rules[0].action, Unserved)
    assert list(warnings) == ["rule-1"]


@pytest.mark.parametrize("unread", UNREAD)
def test_rule_with_no_condition_that_can_be_read_applies_to_no_request(unread: dict[str, Any]) -> None:
    model, warnings = translated(rule(1, [unread], forward(like=1)))
    assert model.rules == ()
    assert "applies to no request" in warnings["rule-1"]


def test_rule_that_transforms_requests_answers_501() -> None:
    model, warnings = translated(rule(1, [PATH], forward(like=1), transforms=[{"Type": "url-rewrite"}]))
    assert isinstance(model.rules[0].action, Unserved)
    assert "transform" in warnings["rule-1"]


def test_two_conditions_of_one_kind_apply_to_no_request() -> None:
    model, warnings = translated(rule(1, [PATH, PATH], forward(like=1)))
    assert (model.rules, list(warnings)) == ((), ["rule-1"])


@pytest.mark.parametrize(
    ("protocol", "certificates", "reason"),
    [
        ("TLS", ("shop",), "speaks HTTP and HTTPS, not TLS"),
        ("HTTPS", (), "has no certificate"),
        ("HTTPS", ("shop", "lost"), "There is no certificate lost."),
    ],
)
def test_a_listener_that_cannot_be_served_answers_501(
    protocol: str, certificates: tuple[str, ...], reason: str
) -> None:
    model, warnings = translated(rule(1, [PATH], forward(like=1)), protocol=protocol, certificates=certificates)
    assert (model.rules, model.default) == ((), Unserved(reason=warnings["listener"]))
    assert reason in warnings["listener"]


@pytest.mark.parametrize(
    ("policy", "at_least"),
    [
        (None, "TLSv1_2"),
        ("ELBSecurityPolicy-2016-08", "TLSv1_2"),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", "TLSv1_2"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1_3"),
    ],
)
def test_https_has_every_certificate_once_and_the_oldest_version_of_its_policy(
    policy: str | None, at_least: Any
) -> None:
    model, warnings = translated(protocol="HTTPS", certificates=("shop", "shop", "api"), policy=policy)
    assert warnings == {}
    assert model.tls == Tls(certificates=(CERTIFICATES["shop"], CERTIFICATES["api"]), at_least=at_least)
    assert model.entry.scheme == "https"
    assert "key of shop" not in repr(model)
