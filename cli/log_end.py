"""The end of a task's log, for somebody who has to know why the task stopped.

What ends a task is seldom the last that it says: servers tell of their shutdown, and of it once more for each worker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_SHOWN_LINES: Final = 5
_BEFORE_LINES: Final = 2
"""Of those shown, so many come before the line that decides: Python says there where it was, Node and Java after it."""
_FOLLOWING_LINES: Final = 10
"""So soon after an exception a line with a level tells what came of it."""

_TRACEBACK: Final = "Traceback (most recent call last):"
_OF_A_GROUP: Final = re.compile(r"^\s+\| ")
_MARKS: Final = re.compile(r"[\s~^|+-]*")
"""Nothing, what Python writes below a line of code, and the frame of an exception group."""
_EXCEPTION: Final = re.compile(
    r'(?:Exception in thread "[^"]*" |Caused by: |Uncaught )?'
    r"(?:[\w$]+\.)*(?:[A-Z][\w$]*)?(?:Error|Exception)(?: \[\w+\])?(?::|$)"
)
"""How Python, Node and Java begin the line that names an exception."""
_ERRORS: Final = frozenset(
    ("alert", "crit", "critical", "emerg", "emergency", "err", "error", "fatal", "panic", "severe")
)
_LEVELS: Final = "|".join((*_ERRORS, "trace", "debug", "info", "notice", "warn", "warning"))
_LEVEL: Final = re.compile(
    rf'(?:(?:^|[\s\[(|])({_LEVELS.upper()})|\[({_LEVELS})|\blevel="?({_LEVELS}))(?=$|[\s\])|:",])'
)
_CONSEQUENCE: Final = re.compile(
    r"HaltServer|Worker failed to boot|Worker \(pid:\d+\) exited|Shutting down|"
    r"Application startup failed|application did not start"
)
"""What gunicorn, uvicorn and our own services say when something has failed and been told already."""
_LEVEL_KEYS: Final = ("level", "severity", "levelname", "log.level")
_MESSAGE_KEYS: Final = ("message", "msg", "event")
_TRACE_KEYS: Final = ("exception", "exc_info", "stack_trace", "stack")
_NESTED_KEYS: Final = ("err", "error")
_NODE_ERROR: Final = 50
"""The number that Node's loggers have for the level error."""


def shown(lines: Sequence[str]) -> list[str]:
    """Choose what to show of a log.

    Returns:
        The line that most likely tells why the task ended, in short, and the five around it; where no line looks like
        an error, the last five.
    """
    told = [line for line in lines if not _MARKS.fullmatch(line)]
    at = _decisive(told)
    if at is None:
        return list(lines[-_SHOWN_LINES:])
    begin = max(0, min(at - _BEFORE_LINES, len(told) - _SHOWN_LINES))
    around = told[begin : begin + _SHOWN_LINES]
    return [_said(told[at]), *(("In its log:", *(f"  {line}" for line in around)) if len(around) > 1 else ())]


def _decisive(lines: Sequence[str]) -> int | None:
    """Number of the line that decides: the last exception or error, and rather the exception that an error follows."""
    exceptions = {*_exceptions(lines)}
    errors = [number for number, line in enumerate(lines) if number in exceptions or _is_error(line)]
    causes = [number for number in errors if not _CONSEQUENCE.search(lines[number])] or errors
    if not causes:
        return None
    last = causes[-1]
    followed = [number for number in causes if number in exceptions and number >= last - _FOLLOWING_LINES]
    return followed[-1] if followed else last


def _exceptions(lines: Sequence[str]) -> Iterator[int]:
    """Numbers of the lines that name one, of a traceback the last."""
    is_in_traceback = False
    for number, line in enumerate(lines):
        bare = _OF_A_GROUP.sub("", line)
        is_end = is_in_traceback and not bare[:1].isspace()
        if is_end or _EXCEPTION.match(bare) or (_is_error(line) and _traces(_document(line))):
            yield number
        is_in_traceback = bare.endswith(_TRACEBACK) or (is_in_traceback and not is_end)


def _is_error(line: str) -> bool:
    document = _document(line)
    if document:
        level = next((document[key] for key in _LEVEL_KEYS if key in document), "")
        return level >= _NODE_ERROR if isinstance(level, int) else str(level).lower() in _ERRORS
    level = _LEVEL.search(line)  # the first: a later one may be part of what is told
    return level is not None and str(level[level.lastindex or 0]).lower() in _ERRORS


def _said(line: str) -> str:
    """What a line tells, for people: of one in JSON its message and the exception."""
    document = _document(line)
    if not document:
        return _OF_A_GROUP.sub("", line).strip()
    message = next((str(document[key]) for key in _MESSAGE_KEYS if key in document), "")
    told = [_short(text) for text in (message, *_traces(document))]
    return ": ".join(text.rstrip(".:") for text in told if text) or line


def _short(text: str) -> str:
    lines = [line for line in text.splitlines() if not _MARKS.fullmatch(line)]
    return _said(lines[_decisive(lines) or 0]) if lines else ""


def _traces(document: Mapping[str, Any]) -> list[str]:
    """Tracebacks and stacks within a line in JSON that tells an error."""
    nested = [document[key] for key in _NESTED_KEYS if isinstance(document.get(key), dict)]
    found = [one[key] for one in (document, *nested) for key in _TRACE_KEYS if isinstance(one.get(key), str)]
    return [trace for trace in found if _decisive(trace.splitlines()) is not None]


def _document(line: str) -> dict[str, Any]:
    """The object that a line in JSON is; empty where it is none."""
    if not line.startswith("{"):
        return {}
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
