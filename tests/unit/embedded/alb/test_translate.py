"""From records of the ELBv2 API to the model; what cannot be carried is refused, never ignored."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from embedded.alb.model import FixedResponse, Forward, HttpHeaderPresent, Listener, PathPattern, Target
from embedded.alb.translate import UnsupportedListener, listener

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


def translated(
    *, conditions: list[dict[str, Any]] | None = None, action: dict[str, Any] | None = None, protocol: str = "HTTP"
) -> Listener:
    def actions(data: dict[str, Any]) -> list[SimpleNamespace]:
        return [SimpleNamespace(data=data)]

    rule = SimpleNamespace(
        priority=1, is_default=False, conditions=conditions or [PATH], actions=actions(action or forward(like=100))
    )
    default = SimpleNamespace(priority="default", is_default=True, conditions=[], actions=actions(NOT_FOUND))
    record = SimpleNamespace(
        arn="listener",
        protocol=protocol,
        port="80",
        rules={"r": rule, "d": default},
        default_actions=actions(NOT_FOUND),
    )
    return listener(record, targets_of=lambda arn: (Target(host="127.0.0.1", port=1 if arn == LIKE else 2),))


def test_rules_weights_targets_and_the_default_are_carried_over() -> None:
    model = translated(action=forward(like=10, monolith=90))
    (rule,) = model.rules
    assert rule.conditions == (PathPattern(values=("/mysfits/*/like",)),)
    assert isinstance(rule.action, Forward)
    shares = {each.group.name: (each.weight, each.group.targets[0].port) for each in rule.action.groups}
    assert shares == {"like": (10, 1), "monolith": (90, 2)}
    assert model.default == FixedResponse(status=404, content_type="application/json", body="{}")


def test_a_forward_that_names_its_only_group_by_arn_is_carried_over() -> None:
    (rule,) = translated(action={"Type": "forward", "TargetGroupArn": MONOLITH}).rules
    assert isinstance(rule.action, Forward)
    assert [each.group.name for each in rule.action.groups] == ["monolith"]


def test_a_header_condition_asks_whether_the_header_is_there() -> None:
    condition = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Key", "Values": ["*"]}}
    (rule,) = translated(conditions=[PATH, condition]).rules
    assert rule.conditions[1] == HttpHeaderPresent(name="X-Key")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"protocol": "HTTPS"}, "speaks HTTP"),
        (
            {"conditions": [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}]},
            "no condition source-ip",
        ),
        ({"conditions": [{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["a"]}}]}, "reads Values"),
        (
            {"conditions": [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["a"]}}]},
            "whether a header is there",
        ),
        ({"action": {"Type": "redirect"}}, "no action redirect"),
        (
            {
                "action": {
                    "Type": "forward",
                    "TargetGroupArn": LIKE,
                    "ForwardConfig": {"TargetGroupStickinessConfig": {"Enabled": True}},
                }
            },
            "no stickiness",
        ),
    ],
    ids=["https", "source-ip", "regex", "header value", "redirect", "stickiness"],
)
def test_what_the_proxy_cannot_do_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsupportedListener, match=says):
        translated(**change)
