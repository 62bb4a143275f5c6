"""What the CORS configuration of a bucket lets web pages do, as S3 answers them.

Source: "How does Amazon S3 evaluate the CORS configuration on a bucket?" in the S3 User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Headers = list[tuple[str, str]]


def permission(bucket: Any | None, *, origin: str, method: str, asked_headers: str = "") -> Headers | None:
    """Headers that let a page of ``origin`` use ``method``, by the first rule that does; None when none does.

    Args:
        bucket: moto's record; None when there is no such bucket.
        origin: Origin header.
        method: HTTP method that the page uses or wants to use.
        asked_headers: Access-Control-Request-Headers of a preflight.
    """
    wanted = [name.strip() for name in asked_headers.lower().split(",") if name.strip()]
    for rule in bucket.cors if bucket is not None and origin else ():
        if (
            method in (rule.allowed_methods or ())
            and _matches(rule.allowed_origins, origin)
            and all(_matches([name.lower() for name in rule.allowed_headers or ()], name) for name in wanted)
        ):
            return _headers(rule, origin, wanted)
    return None


def _headers(rule: Any, origin: str, wanted: list[str]) -> Headers:
    headers = [
        ("Access-Control-Allow-Origin", "*" if "*" in rule.allowed_origins else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule.allowed_methods)),
        ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
    ]
    if wanted:
        headers.append(("Access-Control-Allow-Headers", ", ".join(wanted)))
    if rule.exposed_headers:
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule.exposed_headers)))
    if rule.max_age_seconds:
        headers.append(("Access-Control-Max-Age", str(rule.max_age_seconds)))
    return headers


def _matches(patterns: Iterable[str] | None, text: str) -> bool:
    """Whether one of ``patterns``, in which ``*`` stands for any characters, is ``text``."""
    return any(
        re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text) for pattern in patterns or ()
    )
