"""Conditions as CreateRule and ModifyRule take them. Source: ``RuleCondition`` and its parts in the API reference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from embedded.alb.api.refusals import invalid

VALUES_PER_RULE: Final = 5
WILDCARDS_PER_RULE: Final = 6
"""The quota "Condition wildcards per rule"."""

_CONFIGS: Final = {
    "path-pattern": "PathPatternConfig",
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_BARE_VALUES: Final = ("path-pattern", "host-header")
_REGEX: Final = ("path-pattern", "host-header", "http-header")
_REPEATABLE: Final = ("http-header", "query-string")
_WITHOUT_WILDCARDS: Final = ("http-request-method", "source-ip")
_LENGTHS: Final = {"http-request-method": 40}
_CHARACTERS: Final = {
    "path-pattern": r"""[A-Za-z0-9_\-.$/~"'@:+&*?]+""",
    "host-header": r"[A-Za-z0-9\-_.*?]+",
    "http-request-method": r"[A-Z_\-]+",
    "http-header": r"[\x20-\x7e]+",
    "query-string": r"[\x21-\x7e]+",
    "source-ip": r".+",
}
_HEADER_NAME: Final = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"


def check_conditions(conditions: Sequence[Mapping[str, Any]]) -> None:
    """Raise ``Refusal`` when AWS would not take these as the conditions of one rule."""
    values = [value for condition in conditions for value in _check_condition(condition)]
    for field, count in Counter(condition["Field"] for condition in conditions).items():
        if count > 1 and field not in _REPEATABLE:
            raise invalid(f"A rule can only have one '{field}' condition")
    if len(values) > VALUES_PER_RULE:
        raise invalid(f"A rule can only have '{VALUES_PER_RULE}' condition values")
    wildcards = sum(len(re.findall(r"(?<!\\)[*?]", value)) for value in values)
    if wildcards > WILDCARDS_PER_RULE:
        raise invalid(f"A rule can only have '{WILDCARDS_PER_RULE}' condition wildcards")


def _check_condition(condition: Mapping[str, Any]) -> list[str]:
    """The condition's values; the empty text stands for one that has no wildcards."""
    field = condition.get("Field")
    if not field:
        raise invalid("A condition field must be specified")
    if field not in _CONFIGS:
        raise invalid(f"Condition field '{field}' must be one of '[{', '.join(_CONFIGS)}]'")
    _check_fields(condition, field)
    config: Mapping[str, Any] = condition.get(_CONFIGS[field]) or {}
    expressions = [*(config.get("RegexValues") or ()), *(condition.get("RegexValues") or ())]
    for expression in expressions:
        _check_length(expression, field)
    bare = condition.get("Values") or []
    if len(bare) > 1:
        raise invalid(f"The '{field}' field contains too many values; the limit is '1'")
    if field == "http-header":
        _check_header_name(config.get("HttpHeaderName"))
    if field == "query-string":
        values = [text for pair in config.get("Values") or () for text in _check_pair(pair)]
    else:
        values = [*(config.get("Values") or ()), *bare]
        for value in values:
            _check_value(value, field)
    if not values and not expressions:
        raise invalid("A condition value must be specified")
    if field in _WITHOUT_WILDCARDS:
        values = [""] * len(values)
    return [*values, *([""] * len(expressions))]


def _check_fields(condition: Mapping[str, Any], field: str) -> None:
    own = _CONFIGS[field]
    for config in _CONFIGS.values():
        if config != own and condition.get(config):
            raise invalid(f"The '{config}' field is not compatible with '{field}'")
    if condition.get("Values") and field not in _BARE_VALUES:
        raise invalid(f"The 'Values' field is not compatible with '{field}'")
    if condition.get("RegexValues") and field not in _REGEX:
        raise invalid(f"The 'RegexValues' field is not compatible with '{field}'")
    if condition.get("Values") and condition.get(own):
        raise invalid(f"You cannot provide both Values and '{own}' for a condition of type '{field}'")
    if field not in _BARE_VALUES and not condition.get(own) and not condition.get("RegexValues"):
        raise invalid(f"A '{own}' must be specified with '{field}'")


def _check_header_name(name: str | None) -> None:
    if not name:
        raise invalid("An 'HttpHeaderName' must be specified with 'http-header'")
    if len(name) > 40:
        raise invalid("The 'HttpHeaderName' value is too long; the limit is '40'")
    if not re.fullmatch(_HEADER_NAME, name):
        raise invalid(f"The 'HttpHeaderName' value '{name}' contains a character that is not valid")
    if name.lower() == "host":
        raise invalid("You cannot use 'http-header' for the host header; use 'host-header'")


def _check_pair(pair: Mapping[str, Any]) -> list[str]:
    """One text for each pair, with the wildcards of both parts."""
    if not pair.get("Value"):
        raise invalid("A 'Value' must be specified in 'QueryStringKeyValuePair'")
    for part in ("Key", "Value"):
        if pair.get(part):
            _check_value(pair[part], "query-string")
    return [f"{pair.get('Key') or ''}={pair['Value']}"]


def _check_value(value: str, field: str) -> None:
    if not value:
        raise invalid(f"The '{field}' value cannot be empty")
    _check_length(value, field)
    if not re.fullmatch(_CHARACTERS[field], value):
        raise invalid(f"Condition value '{value}' contains a character that is not valid")
    if field == "host-header":
        _, dot, last = value.rpartition(".")
        if not dot or not re.fullmatch(r"[A-Za-z*?]+", last):
            raise invalid(f"Condition value '{value}' must contain a '.' and only letters after the last one")
    if field == "source-ip":
        _check_network(value)


def _check_length(value: str, field: str) -> None:
    limit = _LENGTHS.get(field, 128)
    if len(value) > limit:
        raise invalid(f"The '{field}' value is too long; the limit is '{limit}'")


def _check_network(value: str) -> None:
    try:
        if "/" not in value:
            raise ValueError(value)
        ip_network(value, strict=False)
    except ValueError:
        raise invalid(f"The 'source-ip' value '{value}' is not a valid CIDR block") from None
