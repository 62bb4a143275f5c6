"""Conditions of the ELBv2 API."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from embedded.alb.conditions import (
    Condition,
    HostHeader,
    HttpHeader,
    HttpRequestMethod,
    PathPattern,
    QueryParameter,
    QueryString,
    SourceIp,
)
from embedded.alb.unsupported import Unsupported


def condition(data: Mapping[str, Any]) -> Condition:
    """One condition.

    Raises:
        Unsupported: a kind of condition, or a way of matching, that the embedded load balancer does not have.
    """
    match data["Field"]:
        case "path-pattern":
            return PathPattern(values=_values(data, "PathPatternConfig"))
        case "host-header":
            return HostHeader(values=_values(data, "HostHeaderConfig"))
        case "http-request-method":
            return HttpRequestMethod(values=_values(data, "HttpRequestMethodConfig"))
        case "http-header":
            return HttpHeader(name=data["HttpHeaderConfig"]["HttpHeaderName"], values=_values(data, "HttpHeaderConfig"))
        case "query-string":
            pairs = data["QueryStringConfig"]["Values"]
            return QueryString(
                values=tuple(QueryParameter(key=pair.get("Key") or None, value=pair["Value"]) for pair in pairs)
            )
        case "source-ip":
            networks = _values(data, "SourceIpConfig")
            return SourceIp(networks=tuple(ip_network(network, strict=False) for network in networks))
        case other:
            raise Unsupported(f"The embedded load balancer has no condition {other}.")


def _values(data: Mapping[str, Any], config: str) -> tuple[str, ...]:
    section = data.get(config) or data
    if section.get("RegexValues") or data.get("RegexValues"):
        raise Unsupported("The embedded load balancer matches wildcards, not regular expressions.")
    values = tuple(section.get("Values") or ())
    if not values:
        raise Unsupported(f"The embedded load balancer reads Values of {data['Field']}, not {sorted(section)}.")
    return values
