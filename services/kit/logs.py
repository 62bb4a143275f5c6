"""JSON lines on stdout, where the container's log driver reads them."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson

from services.kit import request_ids

_FLUSH_AFTER_SECONDS: Final = 0.02
_ENCODER: Final = json.JSONEncoder(default=str, separators=(",", ":"))


class JsonLineFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, service, logger, message, requestId and the record's ``fields``."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := request_ids.current():
            line["requestId"] = request_id
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


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
