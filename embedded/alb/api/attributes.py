"""Attributes of load balancers and target groups. Source: the attribute tables in the API reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from embedded.alb.api.actions import forwarded_groups, is_group_sticky
from embedded.alb.api.refusals import bad_configuration, invalid

Check = Callable[[str], str | None]
"""What a value must be, when it is not."""


def _one_of(*allowed: str) -> Check:
    return lambda value: None if value in allowed else f"must be one of [{', '.join(allowed)}]"


def _between(low: int, high: int, *others: str) -> Check:
    def check(value: str) -> str | None:
        if value in others or (value.isdecimal() and low <= int(value) <= high):
            return None
        return f"must be between '{low}-{high}' inclusive"

    return check


def _cookie_name(value: str) -> str | None:
    if not value or value.startswith("AWSALB"):  # AWSALBAPP and AWSALBTG begin with it too
        return "must not be empty or begin with AWSALB, AWSALBAPP or AWSALBTG"
    return None


_BOOLEAN: Final = _one_of("true", "false")
_SECONDS: Final = _between(1, 604_800)
_BALANCER: Final[Mapping[str, Check]] = {
    "idle_timeout.timeout_seconds": _between(1, 4000),
    "client_keep_alive.seconds": _between(60, 604_800),
    "deletion_protection.enabled": _BOOLEAN,
    "routing.http.drop_invalid_header_fields.enabled": _BOOLEAN,
    "routing.http.preserve_host_header.enabled": _BOOLEAN,
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": _BOOLEAN,
    "routing.http.xff_client_port.enabled": _BOOLEAN,
    "routing.http.xff_header_processing.mode": _one_of("append", "preserve", "remove"),
    "routing.http.desync_mitigation_mode": _one_of("monitor", "defensive", "strictest"),
    "routing.http2.enabled": _BOOLEAN,
    "waf.fail_open.enabled": _BOOLEAN,
}
_GROUP: Final[Mapping[str, Check]] = {
    "deregistration_delay.timeout_seconds": _between(0, 3600),
    "stickiness.enabled": _BOOLEAN,
    "stickiness.lb_cookie.duration_seconds": _SECONDS,
    "stickiness.app_cookie.duration_seconds": _SECONDS,
    "stickiness.app_cookie.cookie_name": _cookie_name,
    "slow_start.duration_seconds": _between(30, 900, "0"),
    "load_balancing.algorithm.type": _one_of("round_robin", "least_outstanding_requests", "weighted_random"),
    "load_balancing.algorithm.anomaly_mitigation": _one_of("on", "off"),
    "load_balancing.cross_zone.enabled": _one_of("true", "false", "use_load_balancer_configuration"),
    "lambda.multi_value_headers.enabled": _BOOLEAN,
}
_GROUP_KEYS: Final = (
    "stickiness.type",
    "target_group_health.",
    "deregistration_delay.connection_termination.enabled",
    "preserve_client_ip.enabled",
    "proxy_protocol_v2.enabled",
    "target_health_state.",
    "target_failover.",
    "waf.fail_open.enabled",
)
"""Beginnings of keys whose values are left to moto."""


def check_balancer_attributes(attributes: Iterable[Mapping[str, str]]) -> None:
    """Raise ``Refusal`` when ModifyLoadBalancerAttributes would; unknown keys are left to moto."""
    for each in attributes:
        _check(each, _BALANCER)


def check_group_attributes(attributes: Iterable[Mapping[str, str]], *, record: Any, backend: Any) -> None:
    """Raise ``Refusal`` when ModifyTargetGroupAttributes of ``record`` would."""
    values = {each["Key"]: each.get("Value") or "" for each in attributes}
    for key, value in values.items():
        if key not in _GROUP and not key.startswith(_GROUP_KEYS):
            raise invalid(f"Target group attribute key '{key}' is not recognized")
        _check({"Key": key, "Value": value}, _GROUP)
    after = {**record.attributes, **values}
    if after.get("stickiness.enabled") == "true":
        if after.get("stickiness.type") == "app_cookie" and not after.get("stickiness.app_cookie.cookie_name"):
            raise bad_configuration("You must set an application cookie name to enable stickiness of type 'app_cookie'")
        _check_rules_before(record.arn, backend)


def _check(attribute: Mapping[str, str], checks: Mapping[str, Check]) -> None:
    key, value = attribute["Key"], attribute.get("Value") or ""
    fault = checks[key](value) if key in checks else None
    if fault is not None:
        raise invalid(f"'{key}' value '{value}' {fault}")


def _check_rules_before(arn: str, backend: Any) -> None:
    for balancer in list(backend.load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            for rule in list(listener.rules.values()):
                for action in rule.actions:
                    arns = [group["TargetGroupArn"] for group in forwarded_groups(action.data)]
                    if arn in arns and len(arns) > 1 and not is_group_sticky(action.data):
                        raise bad_configuration(
                            f"This target group appears behind a rule with group stickiness disabled ({rule.arn}). "
                            "You must enable group stickiness before enabling target stickiness"
                        )
