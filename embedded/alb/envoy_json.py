"""What the modules that write Envoy's configuration share."""

from __future__ import annotations

Json = dict[str, object]


def header_match(name: str, regex: str) -> Json:
    """Holds when the whole value of a header matches the RE2 expression ``regex``."""
    return {"name": name, "string_match": {"safe_regex": {"regex": regex}}}
