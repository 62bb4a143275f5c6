"""JSON lines on stdout, where the container's log driver reads them."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TextIO

import orjson

from services.kit import request_ids

_FLUSH_AFTER_SECONDS: Final = 0.02
_MOST_MESSAGES: Final = 256
_ENCODER: Final = json.JSONEncoder(default=str, separators=(",", ":"))


class JsonLineFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, service, logger, message, requestId and the record's ``fields``."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._second = (0, "")
        # Most lines say one of a few things; what does not change from one to the next is made once.
        self._constant = lru_cache(_MOST_MESSAGES)(self._encode_constant)

    def format(self, record: logging.LogRecord) -> str:
        constant = (self._encode_constant if record.args else self._constant)(
            record.levelname, record.name, record.getMessage()
        )
        more: dict[str, Any] = {}
        if request_id := request_ids.current():
            more["requestId"] = request_id
        more.update(getattr(record, "fields", {}))
        if record.exc_info:
            more["exception"] = self.formatException(record.exc_info)
        end = f",{_encode(more)[1:]}" if more else "}"
        return f'{{"time":"{self._time(record.created)}",{constant}{end}'

    def _encode_constant(self, level: str, logger: str, message: str) -> str:
        named = {"level": level, "service": self._service, "logger": logger, "message": message}
        return _encode(named)[1:-1]

    def _time(self, created: float) -> str:
        """ISO 8601 with milliseconds; the part that many lines share is made once a second."""
        second = int(created)
        if self._second[0] != second:
            self._second = (second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
        return f"{self._second[1]}.{int((created - second) * 1000):03d}+00:00"


class JsonLineHandler(logging.Handler):
    """Writes lines in batches of what 20 ms bring, because one write a line costs more than making the line.

    Warnings and worse, and lines from outside an event loop, are written at once; ``logging`` flushes the rest at exit.
    """

    def __init__(self, stream: TextIO, service: str) -> None:
        super().__init__()
        self.setFormatter(JsonLineFormatter(service))
        self._stream = stream
        self._lines: list[str] = []
        self._due_in: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
            if record.levelno >= logging.WARNING:
                self.flush()
            elif self._due_in is None or self._due_in.is_closed():
                self._due_in = _running_loop()
                if self._due_in is None:
                    self.flush()
                else:
                    self._due_in.call_later(_FLUSH_AFTER_SECONDS, self.flush)
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        self.acquire()
        try:
            self._due_in = None
            lines, self._lines = self._lines, []
            if lines:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
        finally:
            self.release()


def configure(service: str, *, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process, libraries included, to ``stream`` (stdout) as JSON lines."""
    # None of these is in the lines, and each costs a system call or a stack walk per record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # the documented way not to look for the caller
    logging.basicConfig(level=logging.INFO, handlers=[JsonLineHandler(stream or sys.stdout, service)], force=True)
    logging.captureWarnings(True)
    for noisy in ("botocore", "aiobotocore", "aiohttp", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def fields(**values: object) -> Mapping[str, object]:
    """The ``extra`` argument that puts ``values`` into a line: ``log.info("Order stored.", extra=fields(id=…))``."""
    return {"fields": values}


def _encode(values: Mapping[str, Any]) -> str:
    """``values`` as a JSON object in ASCII: some of what is outside of it ends a line for some readers."""
    try:
        line = orjson.dumps(values, default=str)
    except TypeError:  # half a surrogate pair, a number of more than 64 bits
        return _ENCODER.encode(values)
    return line.decode("ascii") if line.isascii() else _ENCODER.encode(values)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
