"""Attributes of load balancers and target groups, and health checks, as AWS takes and refuses them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from embedded.alb.api.attributes import check_balancer_attributes, check_group_attributes
from embedded.alb.api.refusals import Refusal
from embedded.alb.api.shapes import check_shape
from embedded.alb.api.target_groups import check_health_check
from tests.alb_api_cases import BAD_CHECKS, BALANCER_ATTRIBUTES, GROUP_ATTRIBUTES, Data, Values, fixed, forward

GROUP, OTHER = "arn:group", "arn:other"


def backend_with(*actions: Data) -> Any:
    """One load balancer with one listener, whose rules have these actions."""
    rules = {
        f"arn:rule-{number}": SimpleNamespace(arn=f"arn:rule-{number}", actions=[SimpleNamespace(data=action)])
        for number, action in enumerate(actions)
    }
    balancer = SimpleNamespace(listeners={"arn:listener": SimpleNamespace(rules=rules)})
    return SimpleNamespace(load_balancers={"arn:balancer": balancer})


def modify_group(*pairs: tuple[str, str], backend: Any = None, **before: str) -> None:
    attributes = [{"Key": key, "Value": value} for key, value in pairs]
    record = SimpleNamespace(arn=GROUP, attributes=before)
    check_group_attributes(attributes, record=record, backend=backend or backend_with())


@pytest.mark.parametrize(("key", "bad", "good"), GROUP_ATTRIBUTES)
def test_target_group_attributes(key: str, bad: Values, good: Values) -> None:
    for value in bad:
        with pytest.raises(Refusal) as refused:
            modify_group((key, value))
        assert refused.value.code == "ValidationError"
        assert f"'{key}'" in str(refused.value)
    for value in good:
        modify_group((key, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stickiness.type", "lb_cookie"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "off"),
        ("load_balancing.algorithm.anomaly_mitigation", "on"),
        ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
        ("lambda.multi_value_headers.enabled", "true"),
        ("stickiness.enabled", "true"),
    ],
)
def test_target_group_attributes_that_are_taken(key: str, value: str) -> None:
    modify_group((key, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("load_balancing.algorithm.anomaly_mitigation", "perhaps"),
        ("load_balancing.cross_zone.enabled", "perhaps"),
        ("lambda.multi_value_headers.enabled", "perhaps"),
        ("stickiness.app_cookie.cookie_name", ""),
    ],
)
def test_target_group_attributes_that_are_refused(key: str, value: str) -> None:
    with pytest.raises(Refusal, match="must"):
        modify_group((key, value))


@pytest.mark.parametrize(("key", "bad", "good"), BALANCER_ATTRIBUTES)
def test_load_balancer_attributes(key: str, bad: Values, good: Values) -> None:
    for value in bad:
        with pytest.raises(Refusal, match=f"'{key}' value '{value}' must be"):
            check_balancer_attributes([{"Key": "unknown", "Value": "x"}, {"Key": key, "Value": value}])
    for value in good:
        check_balancer_attributes([{"Key": key, "Value": value}])


@pytest.mark.parametrize(
    "key",
    [
        "deletion_protection.enabled",
        "routing.http.drop_invalid_header_fields.enabled",
        "routing.http.preserve_host_header.enabled",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "routing.http.xff_client_port.enabled",
        "routing.http2.enabled",
        "waf.fail_open.enabled",
    ],
)
def test_switches_of_a_load_balancer_are_true_or_false(key: str) -> None:
    for value in ("true", "false"):
        check_balancer_attributes([{"Key": key, "Value": value}])
    with pytest.raises(Refusal, match=r"must be one of \[true, false\]"):
        check_balancer_attributes([{"Key": key}])


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("routing.http.xff_header_processing.mode", ("append", "preserve", "remove")),
        ("routing.http.desync_mitigation_mode", ("monitor", "defensive", "strictest")),
    ],
)
def test_modes_of_a_load_balancer(key: str, values: Values) -> None:
    check_balancer_attributes([{"Key": key, "Value": value} for value in values])
    with pytest.raises(Refusal):
        check_balancer_attributes([{"Key": key, "Value": "none"}])


def test_stickiness_by_the_applications_cookie_needs_its_name() -> None:
    on, by_application = ("stickiness.enabled", "true"), ("stickiness.type", "app_cookie")
    name = ("stickiness.app_cookie.cookie_name", "session")
    with pytest.raises(Refusal) as refused:
        modify_group(on, by_application)
    assert refused.value.code == "InvalidConfigurationRequest"
    with pytest.raises(Refusal):
        modify_group(by_application, **dict([on]))
    modify_group(on, by_application, name)
    modify_group(on, by_application, **dict([name]))
    modify_group(by_application)
    modify_group(on, ("stickiness.type", "lb_cookie"))


def test_target_stickiness_needs_group_stickiness_in_every_weighted_rule() -> None:
    on = ("stickiness.enabled", "true")
    weighted = forward(OTHER, GROUP)
    with pytest.raises(Refusal) as refused:
        modify_group(on, backend=backend_with(fixed(), weighted))
    assert refused.value.code == "InvalidConfigurationRequest"
    assert "(arn:rule-1)" in str(refused.value)
    sticky = forward(OTHER, GROUP, Enabled=True, DurationSeconds=5)
    modify_group(on, backend=backend_with(sticky, forward(GROUP), forward(OTHER, "arn:third")))
    modify_group(("stickiness.enabled", "false"), backend=backend_with(weighted))


NEW = {"Name": "new", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "TargetType": "ip"}


def check_new(**check: Any) -> None:
    """What CreateTargetGroup does with a health check."""
    check_shape("CreateTargetGroup", NEW | check)
    check_health_check(NEW | check, record=None)


def check_changed(*, protocol: str = "HTTP", interval: int = 30, timeout: int = 5, **check: Any) -> None:
    """What ModifyTargetGroup does with one."""
    check_shape("ModifyTargetGroup", {"TargetGroupArn": GROUP} | check)
    times = {"health_check_interval_seconds": str(interval), "health_check_timeout_seconds": str(timeout)}
    check_health_check(check, record=SimpleNamespace(protocol=protocol, **times))


@pytest.mark.parametrize("check", BAD_CHECKS, ids=repr)
def test_health_checks_of_a_group_that_are_refused(check: Data) -> None:
    with pytest.raises(Refusal) as refused:
        check_changed(**check)
    assert refused.value.code == "ValidationError"


@pytest.mark.parametrize(
    "check",
    [
        {"HealthCheckPath": "health"},
        {"HealthCheckPort": "0"},
        {"HealthCheckPort": "65536"},
        {"HealthCheckPort": "http"},
        {"Matcher": {"HttpCode": "199"}},
        {"Matcher": {"HttpCode": "500"}},
        {"Matcher": {"HttpCode": "200-500"}},
        {"Matcher": {"HttpCode": "299-200"}},
        {"Matcher": {"HttpCode": "200,abc"}},
    ],
    ids=repr,
)
def test_health_checks_of_a_new_group_that_are_refused(check: Data) -> None:
    with pytest.raises(Refusal) as refused:
        check_new(**check)
    assert str(next(iter(check.values()))).strip("{}").split(": ")[-1] in str(refused.value)


@pytest.mark.parametrize(
    "check",
    [
        {"HealthCheckPath": "/health"},
        {"HealthCheckPort": "traffic-port"},
        {"HealthCheckPort": "1"},
        {"HealthCheckPort": "65535"},
        {"Matcher": {"HttpCode": "200"}},
        {"Matcher": {"HttpCode": "499"}},
        {"Matcher": {"HttpCode": "200-499,301"}},
        {"Matcher": {"HttpCode": "300-300"}},
        {"Matcher": {}},
        {"Protocol": "TCP", "Matcher": {"HttpCode": "600"}},
    ],
    ids=repr,
)
def test_health_checks_of_a_new_group_that_are_taken(check: Data) -> None:
    check_new(**check)


def test_a_timeout_is_shorter_than_the_interval_whichever_of_them_changes() -> None:
    check_changed(HealthCheckIntervalSeconds=6)
    check_changed(HealthCheckTimeoutSeconds=29)
    with pytest.raises(Refusal, match="'5' must be smaller than the interval '5'"):
        check_changed(HealthCheckIntervalSeconds=5)
    with pytest.raises(Refusal, match="'30' must be smaller than the interval '30'"):
        check_changed(HealthCheckTimeoutSeconds=30)


def test_codes_of_a_group_that_speaks_no_http_are_not_looked_at() -> None:
    check_changed(protocol="TCP", Matcher={"HttpCode": "600"})
    with pytest.raises(Refusal):
        check_changed(protocol="HTTPS", Matcher={"HttpCode": "600"})
