"""From the records of the ELBv2 API to the model that the proxy obeys.

What the embedded load balancer cannot do becomes an ``Unserved`` action of that rule alone, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from embedded.alb.actions import Action, Unserved
from embedded.alb.certificates import CertificateOf
from embedded.alb.conditions import Condition
from embedded.alb.model import ConnectionSettings, ForwardedFor, Listener, Rule
from embedded.alb.targets import TargetGroup
from embedded.alb.tls import Tls, oldest_version
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
        forwarded_for=cast(ForwardedFor, attributes.get("routing.http.xff_header_processing.mode", "append")),
        forwarded_for_port=attributes.get("routing.http.xff_client_port.enabled") == "true",
    )


def listener(
    record: Any,
    *,
    group_of: GroupOf,
    certificate_of: CertificateOf,
    connections: ConnectionSettings,
    warnings: Warnings,
) -> Listener:
    """The model of one listener record; ``warnings`` is told what of it cannot be served.

    Raises:
        ValueError: two rules share a priority, which happens for an instant while priorities are set.
    """
    port = int(record.port)
    try:
        tls = _tls(record, certificate_of)
    except Unsupported as problem:
        warnings[record.arn] = str(problem)
        return Listener(port=port, rules=(), default=Unserved(reason=str(problem)), connections=connections)
    rules = [_rule(rule, group_of, warnings) for rule in list(record.rules.values()) if not rule.is_default]
    default = _action(record.arn, record.default_actions, group_of, warnings)
    found = tuple(rule for rule in rules if rule is not None)
    return Listener(port=port, rules=found, default=default, connections=connections, tls=tls)


def _tls(record: Any, certificate_of: CertificateOf) -> Tls | None:
    """How the listener ends TLS; None for one that speaks HTTP.

    Raises:
        Unsupported: it speaks neither, or a certificate cannot be had.
    """
    if record.protocol == "HTTP":
        return None
    if record.protocol != "HTTPS":
        raise Unsupported(f"The embedded load balancer speaks HTTP and HTTPS, not {record.protocol}.")
    arns = dict.fromkeys(arn for arn in (record.certificate, *record.certificates) if arn)
    if not arns:
        raise Unsupported("This HTTPS listener has no certificate.")
    return Tls(
        certificates=tuple(certificate_of(arn) for arn in arns), at_least=oldest_version(record.ssl_policy or "")
    )


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
