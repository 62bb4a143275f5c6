"""Health checks of target groups. Source: CreateTargetGroup and ModifyTargetGroup in the API reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from embedded.alb.api.refusals import invalid


def check_health_check(parameters: Mapping[str, Any], *, record: Any | None) -> None:
    """Raise ``Refusal`` when the health check is one that AWS refuses; ``record`` is the group that is changed."""
    path = parameters.get("HealthCheckPath")
    if path is not None and not path.startswith("/"):
        raise invalid(f"Health check path '{path}' must begin with a '/' character")
    port = parameters.get("HealthCheckPort")
    if port is not None and port != "traffic-port" and not (str(port).isdecimal() and 1 <= int(port) <= 65535):
        raise invalid(f"Health check port '{port}' must be 'traffic-port' or between '1' and '65535' inclusive")
    protocol = parameters.get("Protocol") if record is None else record.protocol
    if protocol in ("HTTP", "HTTPS"):
        codes = (parameters.get("Matcher") or {}).get("HttpCode")
        if codes is not None:
            _check_codes(codes)
    if record is not None:
        interval = int(parameters.get("HealthCheckIntervalSeconds") or record.health_check_interval_seconds)
        timeout = int(parameters.get("HealthCheckTimeoutSeconds") or record.health_check_timeout_seconds)
        if timeout >= interval:
            raise invalid(f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'")


def _check_codes(codes: str) -> None:
    for part in codes.split(","):
        bounds = re.fullmatch(r"(\d{3})(?:-(\d{3}))?", part)
        if bounds is None or not 200 <= int(bounds[1]) <= int(bounds[2] or bounds[1]) <= 499:
            raise invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")
