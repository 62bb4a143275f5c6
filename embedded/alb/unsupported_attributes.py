"""Attributes that the ELBv2 API takes and the embedded load balancer does not support, in words, for ``make status``.

Source: the attribute tables in the API reference, for what is AWS's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Known = Mapping[str, tuple[tuple[str, ...], str]]
"""By attribute: values that want nothing of what is missing, and what is missing."""

_OFF: Final = ("", "false")
_ONE: Final = ("", "1", "off")
_HEALTH: Final = "target_group_health has no effect"
_BALANCER: Final[Known] = {
    "access_logs.s3.enabled": (_OFF, "access logs are not written"),
    "connection_logs.s3.enabled": (_OFF, "connection logs are not written"),
    "health_check_logs.s3.enabled": (_OFF, "health check logs are not written"),
    "ipv6.deny_all_igw_traffic": (_OFF, "ipv6.deny_all_igw_traffic has no effect, as there is no internet gateway"),
    "routing.http.desync_mitigation_mode": (
        ("", "defensive"),
        "desync_mitigation_mode has no effect: Envoy refuses what can be read in two ways, passes the rest",
    ),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": (
        _OFF,
        "x-amzn-tls-version and x-amzn-tls-cipher-suite are not added",
    ),
    "zonal_shift.config.enabled": (_OFF, "zonal shift has no effect, as all zones are this machine"),
}
_GROUP: Final[Known] = {
    "load_balancing.algorithm.anomaly_mitigation": (("", "off"), "anomaly mitigation has no effect"),
    "load_balancing.cross_zone.enabled": (
        ("", "true", "use_load_balancer_configuration"),
        "targets of all zones get requests, as all zones are this machine",
    ),
    "slow_start.duration_seconds": (("", "0"), "slow start has no effect"),
    "target_group_health.dns_failover.minimum_healthy_targets.count": (_ONE, _HEALTH),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": (_ONE, _HEALTH),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": (_ONE, _HEALTH),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": (_ONE, _HEALTH),
}


def of_balancer(attributes: Mapping[str, Any]) -> str:
    """What of a load balancer's attributes works on AWS only; empty where nothing is."""
    return _told(attributes, _BALANCER)


def of_group(attributes: Mapping[str, Any]) -> str:
    """What of a target group's attributes works on AWS only; empty where nothing is."""
    return _told(attributes, _GROUP)


def _told(attributes: Mapping[str, Any], known: Known) -> str:
    missing = [text for key, (harmless, text) in known.items() if str(attributes.get(key) or "") not in harmless]
    return f"Here {'; '.join(dict.fromkeys(missing))}." if missing else ""
