"""Actions and target groups of the ELBv2 API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from embedded.alb.actions import Action, FixedResponse, Forward, Redirect, WeightedGroup
from embedded.alb.targets import Target, TargetGroup, TargetStickiness
from embedded.alb.unsupported import Unsupported


def action(actions: Sequence[Mapping[str, Any]], *, group_of: Callable[[str], TargetGroup]) -> Action:
    """The one action of a rule.

    Raises:
        Unsupported: an action, or a target group, that the embedded load balancer cannot serve.
    """
    for each in actions:
        if each["Type"] not in ("forward", "fixed-response", "redirect"):
            raise Unsupported(f"The embedded load balancer has no action {each['Type']}.")
    if len(actions) != 1:
        raise Unsupported(f"The embedded load balancer takes one action a rule, not {len(actions)}.")
    (data,) = actions
    match data["Type"]:
        case "forward":
            return _forward(data, group_of)
        case "fixed-response":
            config = data["FixedResponseConfig"]
            return FixedResponse(
                status=int(config["StatusCode"]),
                content_type=config.get("ContentType") or "text/plain",
                body=config.get("MessageBody") or "",
            )
        case _:
            return _redirect(data["RedirectConfig"])


def _redirect(config: Mapping[str, Any]) -> Redirect:
    parts = {
        name: config[name.capitalize()]
        for name in ("protocol", "host", "port", "path")
        if config.get(name.capitalize())
    }
    if config.get("Query") is not None:
        parts["query"] = config["Query"]
    status: Literal[301, 302] = 301 if config["StatusCode"] == "HTTP_301" else 302
    return Redirect(status=status, **parts)


def _forward(data: Mapping[str, Any], group_of: Callable[[str], TargetGroup]) -> Forward:
    config = data.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    stickiness = config.get("TargetGroupStickinessConfig") or {}
    is_sticky = stickiness.get("Enabled") in (True, "true")
    return Forward(
        groups=tuple(
            WeightedGroup(group=group_of(group["TargetGroupArn"]), weight=int(group.get("Weight", 1)))
            for group in groups
        ),
        sticky_seconds=int(stickiness["DurationSeconds"]) if is_sticky else None,
    )


def target_group(record: Any, *, targets: tuple[Target, ...], idle_seconds: float) -> TargetGroup:
    """The group of a record with these targets in rotation.

    Raises:
        Unsupported: it is not a group of HTTP/1.1 targets.
    """
    if record.target_type == "lambda":
        raise Unsupported(f"The embedded load balancer has no Lambda targets, as in target group {record.name}.")
    if record.protocol != "HTTP" or record.protocol_version not in (None, "HTTP1"):
        spoken = f"{record.protocol} {record.protocol_version or ''}".strip()
        raise Unsupported(
            f"The embedded load balancer speaks HTTP/1.1 to targets, not {spoken}, as in target group {record.name}."
        )
    attributes: Mapping[str, Any] = record.attributes
    return TargetGroup(
        name=record.name,
        targets=targets,
        stickiness=_stickiness(attributes),
        algorithm=attributes.get("load_balancing.algorithm.type", "round_robin"),
        idle_seconds=idle_seconds,
    )


def _stickiness(attributes: Mapping[str, Any]) -> TargetStickiness | None:
    if attributes.get("stickiness.enabled") != "true":
        return None
    kind = attributes.get("stickiness.type", "lb_cookie")
    if kind not in ("lb_cookie", "app_cookie"):
        raise Unsupported(f"The embedded load balancer has no stickiness of type {kind}.")
    return TargetStickiness(
        seconds=int(attributes.get(f"stickiness.{kind}.duration_seconds", 86_400)),
        app_cookie=attributes["stickiness.app_cookie.cookie_name"] if kind == "app_cookie" else None,
    )
