"""Where two answers to one request differ: status, content type, and the JSON body field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

Differences = Mapping[str, tuple[str, str]]
"""Both values, shortened, by the field's path, such as ``orders[3].total``; ``status`` stands alone."""

_MOST: Final = 200
_VALUE_CHARACTERS: Final = 40
_ABSENT: Final = "nothing"
_INDEX: Final = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one side answered; ``content_type`` is the header's value."""

    status: int
    content_type: str
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without parameters."""
        return self.content_type.partition(";")[0].strip().lower()


def differences(one: Answer, other: Answer) -> Differences:
    """Where they differ; of two bodies that are not both JSON only that they do. At most 200 paths."""
    return dict(islice(_all(one, other), _MOST))


def lasting_differences(old: Answer, new: Answer, old_again: Answer) -> Differences:
    """Where ``new`` differs from what was answered before it and after it, by a side that did not move there meanwhile.

    A counter that others change goes on between two readings: what is not the same in ``old`` and ``old_again`` says
    nothing about ``new``.
    """
    if old.status != old_again.status:
        return differences(old_again, new)
    moved = differences(old, old_again)
    return {path: pair for path, pair in differences(old, new).items() if path not in moved}


def kind(path: str) -> str:
    """``orders[].total`` of ``orders[3].total``: all items of a list are one kind of field."""
    return _INDEX.sub("[]", path)


def _all(one: Answer, other: Answer) -> Iterator[tuple[str, tuple[str, str]]]:
    if one.status != other.status:
        yield "status", (str(one.status), str(other.status))
        return
    if one.media_type != other.media_type:
        yield "content-type", (one.media_type, other.media_type)
    if one.body == other.body:
        return
    try:
        first, second = orjson.loads(one.body), orjson.loads(other.body)
    except ValueError:
        yield "body", (_shortened(f"{len(one.body)} bytes"), _shortened(f"{len(other.body)} bytes"))
        return
    yield from _fields("", first, second)


def _fields(path: str, one: Any, other: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            below = f"{path}.{name}" if path else str(name)
            if name not in one or name not in other:
                yield below, (_text(one[name]) if name in one else _ABSENT, _text(other.get(name, _ABSENT)))
            else:
                yield from _fields(below, one[name], other[name])
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{path}.length", (str(len(one)), str(len(other)))
            return
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _fields(f"{path}[{number}]", first, second)
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):  # for Python, true is 1
        yield path or "body", (_text(one), _text(other))


def _text(value: Any) -> str:
    return _shortened(value if isinstance(value, str) else orjson.dumps(value).decode())


def _shortened(text: str) -> str:
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"
