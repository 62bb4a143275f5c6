"""The CORS configuration of the embedded AWS's buckets."""

from __future__ import annotations

import re
from typing import Any


def allows(bucket: Any | None, origin: str, method: str) -> bool:
    """Whether a rule of ``bucket`` (moto's record; None: there is none) lets a page of ``origin`` use ``method``."""
    if bucket is None or not origin:
        return False
    return any(
        method in (rule.allowed_methods or ()) and any(_matches(each, origin) for each in rule.allowed_origins or ())
        for rule in bucket.cors
    )


def _matches(pattern: str, origin: str) -> bool:
    """As S3: at most one ``*`` in the pattern, which stands for any characters."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), origin) is not None
