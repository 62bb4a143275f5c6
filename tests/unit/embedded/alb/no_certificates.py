"""For load balancers that have no HTTPS listener."""

from __future__ import annotations

from embedded.alb.tls import Certificate
from embedded.alb.unsupported import Unsupported


def no_certificate(arn: str) -> Certificate:
    """Where certificates are looked up: there is none."""
    raise Unsupported(f"There is no certificate {arn}.")
