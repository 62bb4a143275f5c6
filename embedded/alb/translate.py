"""From the records of the ELBv2 API to the model that the proxy obeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from embedded.alb.model import (
    Action,
    Condition,
    FixedResponse,
    Forward,
    HostHeader,
    HttpHeaderPresent,
    HttpRequestMethod,
    Listener,
    PathPattern,
    Rule,
    Target,
    TargetGroup,
    WeightedGroup,
)

TargetsOf = Callable[[str], tuple[Target, ...]]
"""Targets in rotation of the target group with this ARN."""

_CONDITIONS: Mapping[str, tuple[str, type[PathPattern] | type[HostHeader] | type[HttpRequestMethod]]] = {
    "path-pattern": ("PathPatternConfig", PathPattern),
    "host-header": ("HostHeaderConfig", HostHeader),
    "http-request-method": ("HttpRequestMethodConfig", HttpRequestMethod),
}


class UnsupportedListener(ValueError):
    """The listener says something the embedded load balancer cannot do; nothing is ignored silently."""


def listener(record: Any, *, targets_of: TargetsOf) -> Listener:
    """The model of one listener record.

    Raises:
        UnsupportedListener: a protocol, condition or action that the embedded load balancer does not have.
    """
    if record.protocol != "HTTP":
        raise UnsupportedListener(f"{record.arn}: the embedded load balancer speaks HTTP, not {record.protocol}.")
    rules = tuple(
        Rule(
            priority=int(rule.priority),
            conditions=tuple(_condition(condition) for condition in rule.conditions),
            action=_action(rule.actions, targets_of),
        )
        for rule in list(record.rules.values())
        if not rule.is_default
    )
    return Listener(port=int(record.port), rules=rules, default=_action(record.default_actions, targets_of))


def _condition(data: Mapping[str, Any]) -> Condition:
    field = data["Field"]
    if field == "http-header":
        return _header_condition(data["HttpHeaderConfig"])
    if field not in _CONDITIONS:
        raise UnsupportedListener(
            f"The embedded load balancer has no condition {field}; it has {', '.join(_CONDITIONS)}."
        )
    config, kind = _CONDITIONS[field]
    values = (data.get(config) or data).get("Values")
    if not values:
        raise UnsupportedListener(f"The embedded load balancer reads Values of {field}, not {sorted(data)}.")
    return kind(values=tuple(values))


def _header_condition(config: Mapping[str, Any]) -> Condition:
    if list(config["Values"]) != ["*"]:
        raise UnsupportedListener('The embedded load balancer can only ask whether a header is there: values ["*"].')
    return HttpHeaderPresent(name=config["HttpHeaderName"])


def _action(actions: list[Any], targets_of: TargetsOf) -> Action:
    if len(actions) != 1:
        raise UnsupportedListener("The embedded load balancer takes one action a rule.")
    data = actions[0].data
    match data["Type"]:
        case "forward":
            return _forward(data, targets_of)
        case "fixed-response":
            config = data["FixedResponseConfig"]
            return FixedResponse(
                status=int(config["StatusCode"]),
                content_type=config.get("ContentType") or "text/plain",
                body=config.get("MessageBody") or "",
            )
        case other:
            raise UnsupportedListener(
                f"The embedded load balancer has no action {other}; use forward or fixed-response."
            )


def _forward(data: Mapping[str, Any], targets_of: TargetsOf) -> Forward:
    if data.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {}).get("Enabled") in (True, "true"):
        raise UnsupportedListener(
            "The embedded load balancer has no stickiness; it keeps sending to groups that leave."
        )
    groups = data.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    return Forward(
        groups=tuple(
            WeightedGroup(
                group=TargetGroup(
                    name=group_name(group["TargetGroupArn"]), targets=targets_of(group["TargetGroupArn"])
                ),
                weight=int(group.get("Weight", 1)),
            )
            for group in groups
        )
    )


def group_name(arn: str) -> str:
    """Name in a target group's ARN, ``…:targetgroup/NAME/ID``."""
    return arn.split("/")[1]
