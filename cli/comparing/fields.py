"""Two answers field by field: status, Content-Type, Location, and the body: JSON by its fields, text by its lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from cli.comparing.exchange import Answer, is_json

Path = tuple[str | int, ...]
"""From the outside in: names of objects' fields, and positions in lists from 0."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_VALUE: Final = 60


class _Missing:
    def __repr__(self) -> str:
        return "(missing)"


MISSING: Final = _Missing()
"""Stands for the value of a field that is not there."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field in which two answers differ; one that is not there has the value MISSING."""

    path: Path
    old: Any
    new: Any

    @property
    def values(self) -> str:
        """Both values, for people."""
        return f"{_shown(self.old)} → {_shown(self.new)}"


def name_of(path: Path) -> str:
    """Name of a field for people, such as ``body.books[3].title``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def differences(old: Answer, new: Answer) -> list[Difference]:
    """Fields in which two answers differ; without an answer there is one field, ``answer``."""
    if old.problem or new.problem:
        sides = [{"answer": answer.problem or "came"} for answer in (old, new)]
        return list(_between(sides[0], sides[1], ()))
    return list(_between(_document(old), _document(new), ()))


def believed(again: Iterable[Difference], new: Iterable[Difference]) -> list[Difference]:
    """Those of ``new``, the differences of the new side, that ``again``, those of the old side with itself, leave.

    What the old side says differently the second time, the new side may say differently too. But where a number moves
    a text is no number, and what is always there must not be missing.
    """
    noise = {one.path: one for one in again}
    return [one for one in new if not _is_noise(one, noise)]


def _is_noise(one: Difference, noise: Mapping[Path, Difference]) -> bool:
    if any(one.path[:length] in noise for length in range(1, len(one.path))):
        return True
    moved = noise.get(one.path)
    return moved is not None and _kind(one.new) in {_kind(moved.old), _kind(moved.new)}


def matcher(patterns: Iterable[str]) -> Callable[[Path], bool]:
    """A test whether a field, or one around it, is named by patterns such as ``body.books[*].price``.

    ``*`` stands for one name or position.
    """
    parts = (re.escape(pattern).replace(r"\*", r"[^.\[\]]+") for pattern in patterns)
    found = [re.compile(rf"{part}(?=[.\[]|$)") for part in parts]
    return lambda path: any(pattern.match(name_of(path)) for pattern in found)


def _document(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"status": answer.status, "Content-Type": _plain_type(answer.content_type)}
    if answer.location:
        found["Location"] = answer.location
    return {**found, "body": body_of(answer)}


def _plain_type(content_type: str) -> str:
    return re.sub(r"\s*;\s*", "; ", content_type.strip().lower())


def body_of(answer: Answer) -> Any:
    """The body of an answer: the value of JSON, the lines of a text by name, or what to know other bytes by."""
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        return f"{len(answer.body)} bytes, SHA-256 {hashlib.sha256(answer.body).hexdigest()[:16]}"
    if is_json(answer.content_type):
        try:
            return json.loads(text)
        except ValueError:
            pass  # it says that it is JSON and is not: then it is a text
    return {f"line {number}": line for number, line in enumerate(text.splitlines(), start=1)}


def _between(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from _between(old.get(name, MISSING), new.get(name, MISSING), (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip_longest(old, new, fillvalue=MISSING)):
            yield from _between(one, other, (*path, number))
    elif _kind(old) != _kind(new) or old != new:
        yield Difference(path=path, old=old, new=new)


def _kind(value: Any) -> str:
    """Kind of a JSON value; true is no number, and 1 and 1.0 are the same."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case _:
            return type(value).__name__


def _shown(value: Any) -> str:
    if value is MISSING:
        return repr(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
