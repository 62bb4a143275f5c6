"""AWS's wildcard patterns as RE2 expressions, which Envoy holds against the whole of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from embedded.alb.conditions import QueryParameter

_LITERAL: Final = frozenset("/_-~:@&%,;=!'\" ")
_NEVER: Final = r"\b\B"
"""Accepts nothing."""


def pattern_regex(patterns: Iterable[str], *, ignore_case: bool = False) -> str:
    """One expression that accepts the whole of a text when any of the wildcard ``patterns`` does."""
    flags = "(?si)" if ignore_case else "(?s)"
    return f"{flags}(?:{'|'.join(_expression(pattern, any_char='.') for pattern in patterns)})"


def exact_regex(values: Iterable[str]) -> str:
    """One expression that accepts just ``values``."""
    return f"(?:{'|'.join(''.join(_char(char) for char in value) for value in values)})"


def query_regex(parameters: Iterable[QueryParameter]) -> str:
    """One expression that accepts the target of a request whose query string holds one of ``parameters``."""
    alternatives = "|".join(_parameter(each) for each in parameters)
    return rf"(?si)[^?]*\?(?:[^&]*&)*(?:{alternatives})(?:&.*)?"


def _parameter(parameter: QueryParameter) -> str:
    """A parameter without ``=`` is a key with an empty value; an empty stretch between two ``&`` is no parameter.

    The first ``=`` ends a key and ``&`` a parameter, so neither can be part of what such a pattern asks for.
    """
    if _has(parameter.key or "", "=&") or _has(parameter.value, "&"):
        return _NEVER
    value = _expression(parameter.value, any_char="[^&]", escapes=True)
    key = "[^=&]*" if parameter.key is None else _expression(parameter.key, any_char="[^=&]", escapes=True)
    with_value = f"{key}={value}"
    if not set(parameter.value) <= {"*"} or parameter.key == "":
        return with_value
    bare = "[^=&]+" if parameter.key is None or set(parameter.key) == {"*"} else key
    return f"{with_value}|{bare}"


def _has(pattern: str, characters: str) -> bool:
    return any(char in characters for char, is_wild in tokens(pattern, escapes=True) if not is_wild)


def _expression(pattern: str, *, any_char: str, escapes: bool = False) -> str:
    wild = {"*": f"{any_char}*", "?": any_char}
    return "".join(wild[char] if is_wild else _char(char) for char, is_wild in tokens(pattern, escapes=escapes))


def tokens(pattern: str, *, escapes: bool) -> Iterator[tuple[str, bool]]:
    r"""Each character of ``pattern`` and whether it is a wildcard; with ``escapes``, ``\*`` and ``\?`` are not."""
    rest = iter(pattern)
    for char in rest:
        if escapes and char == "\\":
            following = next(rest, "")
            literal = following if following in ("*", "?") else char + following
            yield from ((each, False) for each in literal)
        else:
            yield char, char in "*?"


def _char(char: str) -> str:
    if char.isalnum() or char in _LITERAL or not char.isascii():
        return char
    return rf"\x{ord(char):02x}"
