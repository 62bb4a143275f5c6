"""Actions as rules and listeners take them. Source: ``Action`` and its parts in the API reference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from embedded.alb.actions import STICKY_SECONDS
from embedded.alb.api.refusals import Refusal, bad_action, bad_configuration, invalid

_CONFIGS: Final = {
    "forward": ("TargetGroupArn", "ForwardConfig"),
    "redirect": ("RedirectConfig",),
    "fixed-response": ("FixedResponseConfig",),
    "authenticate-oidc": ("AuthenticateOidcConfig",),
    "authenticate-cognito": ("AuthenticateCognitoConfig",),
}
_ROUTING: Final = ("forward", "redirect", "fixed-response")
_ACTIONS_PER_RULE: Final = 5
_GROUPS_PER_ACTION: Final = 5
_CONTENT_TYPES: Final = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
_VARIABLES: Final = {
    "Host": {"host"},
    "Path": {"host", "path", "port"},
    "Query": {"protocol", "host", "port", "path", "query"},
}
_HTTP: Final = ("HTTP", "HTTPS")


def check_actions(
    actions: Sequence[Mapping[str, Any]], *, backend: Any, balancer: str, protocol: str, port: int
) -> None:
    """Raise ``Refusal`` when AWS would not take these as the actions of one rule.

    Args:
        actions: with known types, as ``check_shape`` sees to.
        backend: moto's, which knows the target groups.
        balancer: ARN of the listener's load balancer.
        protocol: the listener's.
        port: the listener's.
    """
    if not actions:
        raise invalid("At least one action must be specified")
    if len(actions) > _ACTIONS_PER_RULE:
        raise Refusal("TooManyActions", "You've reached the limit on the number of actions per rule")
    for action in actions:
        _check_fields(action)
        if action["Type"].startswith("authenticate-") and protocol != "HTTPS":
            raise bad_action(f"Actions of type '{action['Type']}' are supported only on HTTPS listeners")
    _check_order(actions)
    for action in actions:
        match action["Type"]:
            case "forward":
                _check_forward(action, backend, protocol)
                _check_balancer(action, backend, balancer)
            case "redirect":
                _check_redirect(action["RedirectConfig"], protocol, port)
            case "fixed-response":
                _check_content_type(action["FixedResponseConfig"])


def _check_fields(action: Mapping[str, Any]) -> None:
    kind = action["Type"]
    if not any(action.get(field) for field in _CONFIGS[kind]):
        needed = _CONFIGS[kind][-1]
        raise bad_action(f"For actions of type '{kind}', you must specify the following fields: '{needed}'")
    for other, fields in _CONFIGS.items():
        for field in fields:
            if other != kind and action.get(field):
                raise bad_action(f"The '{field}' field is not compatible with actions of type '{kind}'")


def _check_order(actions: Sequence[Mapping[str, Any]]) -> None:
    orders = [action.get("Order") for action in actions]
    if len(actions) > 1 and None in orders:
        raise invalid("An action order must be specified when a rule has multiple actions")
    for order, count in Counter(orders).items():
        if count > 1:
            raise invalid(f"Action order '{order}' was provided multiple times")
    in_order = sorted(actions, key=lambda action: int(action.get("Order") or 0))
    routing = [action["Type"] in _ROUTING for action in in_order]
    if routing.count(True) != 1 or not routing[-1]:
        raise bad_action("A rule must have exactly one 'forward', 'redirect' or 'fixed-response' action, as its last")


def forwarded_groups(action: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The target groups of a forward action, as ``TargetGroupTuple``."""
    config: Mapping[str, Any] = action.get("ForwardConfig") or {}
    arn = action.get("TargetGroupArn")
    return list(config.get("TargetGroups") or ([{"TargetGroupArn": arn}] if arn else []))


def is_group_sticky(action: Mapping[str, Any]) -> bool:
    """Whether a forward action has group stickiness."""
    config = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
    return config.get("Enabled") in (True, "true")


def _check_forward(action: Mapping[str, Any], backend: Any, protocol: str) -> None:
    groups = forwarded_groups(action)
    arns = [group.get("TargetGroupArn") for group in groups]
    if not arns or None in arns:
        raise invalid("A target group ARN must be specified")
    if action.get("TargetGroupArn") and arns != [action["TargetGroupArn"]]:
        raise invalid("The target group in 'ForwardConfig' must be the one of 'TargetGroupArn' when both are specified")
    if len(groups) > _GROUPS_PER_ACTION:
        raise Refusal("TooManyTargetGroups", f"A forward action can only have '{_GROUPS_PER_ACTION}' target groups")
    for group in groups:
        if not 0 <= int(group.get("Weight", 1)) <= 999:
            raise invalid(f"Weight '{group['Weight']}' must be between '0' and '999' inclusive")
    for arn, count in Counter(arns).items():
        if count > 1:
            raise invalid(f"Target group '{arn}' was provided multiple times")
        if arn not in backend.target_groups:
            raise Refusal("TargetGroupNotFound", "One or more target groups not found")
    records = [backend.target_groups[arn] for arn in arns]
    for record in records:
        if record.target_type != "lambda" and (record.protocol in _HTTP) is not (protocol in _HTTP):
            text = f"Target group '{record.arn}' with protocol {record.protocol} does not fit a {protocol} listener"
            raise Refusal("IncompatibleProtocols", text)
    _check_stickiness(action, records)


def _check_balancer(action: Mapping[str, Any], backend: Any, balancer: str) -> None:
    """A target group is of one load balancer, as long as a rule or listener of it forwards there."""
    wanted = {group["TargetGroupArn"] for group in forwarded_groups(action)}
    for other in backend.load_balancers.values():
        if other.arn == balancer:
            continue
        rules = (rule for listener in other.listeners.values() for rule in listener.rules.values())
        used = {
            group["TargetGroupArn"] for rule in rules for one in rule.actions for group in forwarded_groups(one.data)
        }
        if taken := sorted(wanted & used):
            raise Refusal(
                "TargetGroupAssociationLimit",
                "The following target groups cannot be associated with more than one load balancer: "
                f"{', '.join(taken)}",
            )


def _check_stickiness(action: Mapping[str, Any], records: list[Any]) -> None:
    config: Mapping[str, Any] = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {}
    seconds = config.get("DurationSeconds")
    if is_group_sticky(action) and seconds is None:
        raise invalid("'DurationSeconds' must be specified when target group stickiness is enabled")
    if seconds is not None and int(seconds) not in STICKY_SECONDS:
        raise invalid(f"Target group stickiness duration '{seconds}' must be between '1' and '604800' inclusive")
    if len(records) > 1 and not is_group_sticky(action):
        for record in records:
            if record.attributes.get("stickiness.enabled") == "true":
                raise bad_configuration(
                    "You must enable group stickiness on a rule if you enabled target stickiness on one of its target "
                    "groups"
                )


def _check_redirect(config: Mapping[str, Any], protocol: str, port: int) -> None:
    for part, allowed in _VARIABLES.items():
        for name in re.findall(r"#\{([^}]*)\}", config.get(part) or ""):
            if name not in allowed:
                raise bad_action(f"The redirect {part.lower()} cannot contain '#{{{name}}}'")
    path, to_port = config.get("Path") or "/#{path}", config.get("Port") or "#{port}"
    if not path.startswith("/"):
        raise invalid(f"The redirect path '{path}' must begin with a '/' character")
    if to_port != "#{port}" and not (to_port.isdecimal() and 1 <= int(to_port) <= 65535):
        raise invalid(f"The redirect port '{to_port}' must be '#{{port}}' or between '1' and '65535' inclusive")
    if protocol == "HTTPS" and config.get("Protocol") == "HTTP":
        raise bad_action("You cannot redirect HTTPS to HTTP")
    if (
        config.get("Protocol") in (None, "#{protocol}", protocol)
        and to_port in ("#{port}", str(port))
        and config.get("Host") in (None, "#{host}")
        and path == "/#{path}"
    ):
        raise bad_action("The redirect configuration is not valid because it creates a loop.")


def _check_content_type(config: Mapping[str, Any]) -> None:
    content_type = config.get("ContentType")
    if content_type and content_type not in _CONTENT_TYPES:
        raise bad_action(f"The ContentType must be one of: {', '.join(_CONTENT_TYPES)}")
