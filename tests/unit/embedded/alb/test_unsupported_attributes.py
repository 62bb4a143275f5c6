"""Attributes that are taken and have no effect are told; those of AWS's defaults are not."""

from __future__ import annotations

import pytest

from embedded.alb import unsupported_attributes


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({}, ""),
        ({"access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "routing.http2.enabled": "true"}, ""),
        ({"routing.http.desync_mitigation_mode": "defensive", "idle_timeout.timeout_seconds": 30}, ""),
        ({"routing.http.preserve_host_header.enabled": "true"}, ""),
        ({"access_logs.s3.enabled": "true"}, "Here access logs are not written."),
        (
            {"access_logs.s3.enabled": "true", "connection_logs.s3.enabled": "true"},
            "Here access logs are not written; connection logs are not written.",
        ),
        (
            {"routing.http.desync_mitigation_mode": "strictest"},
            "Here desync_mitigation_mode has no effect: Envoy refuses what can be read in two ways, passes the rest.",
        ),
    ],
)
def test_a_load_balancer_tells_what_of_it_works_on_aws_only(attributes: dict[str, str], told: str) -> None:
    assert unsupported_attributes.of_balancer(attributes) == told


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"deregistration_delay.timeout_seconds": 300, "slow_start.duration_seconds": "0"}, ""),
        ({"load_balancing.cross_zone.enabled": "use_load_balancer_configuration"}, ""),
        ({"slow_start.duration_seconds": "60"}, "Here slow start has no effect."),
        (
            {
                "target_group_health.dns_failover.minimum_healthy_targets.count": "2",
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "50",
            },
            "Here target_group_health has no effect.",
        ),
    ],
)
def test_a_target_group_tells_what_of_it_works_on_aws_only(attributes: dict[str, object], told: str) -> None:
    assert unsupported_attributes.of_group(attributes) == told
