"""From the records of the ELBv2 API to the model that the proxy obeys.

What the embedded load balancer cannot do becomes an ``Unserved`` action of that rule alone, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from embedded.alb.actions import Action, Unserved
from embedded.alb.conditions import Condition
from embedded.alb.model import ConnectionSettings, Listener, Rule
from embedded.alb.targets import TargetGroup
from embedded.alb.translate_actions import action
from embedded.alb.translate_conditions import condition
from embedded.alb.unsupported import Unsupported, reading

GroupOf = Callable[[str], TargetGroup]
"""The target group with this ARN, as it is in rotation; raises ``Unsupported``."""


Warnings = dict[str, str]
"""Why a rule or listener is not served as AWS would serve it, by its ARN."""


def connection_settings(attributes: Mapping[str, Any]) -> ConnectionSettings:
    """The load balancer's attributes; AWS's defaults where it has none."""
    return ConnectionSettings(
        idle_seconds=float(attributes.get("idle_timeout.timeout_seconds", 60)),
        client_keep_alive_seconds=float(attributes.get("client_keep_alive.seconds", 3600)),
        drop_invalid_headers=attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true",
    )


def listener(record: Any, *, group_of: GroupOf, connections: ConnectionSettings, warnings: Warnings) -> Listener:
    """The model of one listener record; ``warnings`` is told what of it cannot be served.

    Raises:
        ValueError: two rules share a priority, which happens for an instant while priorities are set.
    """
    port = int(record.port)
    if record.protocol != "HTTP":
        reason = f"The embedded load balancer speaks HTTP, not {record.protocol}."
        warnings[record.arn] = reason
        return Listener(port=port, rules=(), default=Unserved(reason=reason), connections=connections)
    rules = [_rule(rule, group_of, warnings) for rule in list(record.rules.values()) if not rule.is_default]
    default = _action(record.arn, record.default_actions, group_of, warnings)
    found = tuple(rule for rule in rules if rule is not None)
    return Listener(port=port, rules=found, default=default, connections=connections)


def _rule(record: Any, group_of: GroupOf, warnings: Warnings) -> Rule | None:
    """The rule; with what is left of it where a condition cannot be read, and None where nothing is left."""
    conditions: list[Condition] = []
    unread = ""
    for each in record.conditions:
        try:
            with reading(f"condition {each.get('Field')}"):
                conditions.append(condition(each))
        except Unsupported as problem:
            unread = str(problem)
    if getattr(record, "transforms", None):
        unread = "The embedded load balancer does not transform requests."
    if unread:
        warnings[record.arn] = unread if conditions else f"{unread} The rule applies to no request."
    if not conditions:
        return None
    action = Unserved(reason=unread) if unread else _action(record.arn, record.actions, group_of, warnings)
    try:
        return Rule(priority=int(record.priority), conditions=tuple(conditions), action=action)
    except ValueError as problem:
        warnings[record.arn] = f"{problem} The rule applies to no request."
        return None


def _action(arn: str, records: list[Any], group_of: GroupOf, warnings: Warnings) -> Action:
    try:
        with reading("its actions"):
            return action([each.data for each in records], group_of=group_of)
    except Unsupported as problem:
        warnings[arn] = str(problem)
        return Unserved(reason=str(problem))
