"""What each application asks of the embedded AWS, by operation: what somebody's policy would have to allow.

An SDK names its application in its User-Agent when ``AWS_SDK_UA_APP_ID`` says how, and Terraform's provider does. Calls
without such a name, those of tasks among them, are not looked at.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

from embedded.faults import WsgiApp
from embedded.private_folders import FILE_MODE

_APPLICATION: Final = re.compile(r"(?:^| )app/([\w.-]{1,50})(?= |$)")
_SERVICE: Final = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")
_LINE: Final = re.compile(r"[\w.-]+ [a-z0-9-]+:\w+")
_MOST_LINES: Final = 2_000

log = logging.getLogger(__name__)


def path(state_dir: Path) -> Path:
    """The file of the embedded AWS with this state folder: a line such as ``deploy ecs:CreateService`` for each."""
    return state_dir / "asked.txt"


class Asked:
    """``app``; the first call of each operation by each application is noted in ``file``. Safe in threads."""

    def __init__(self, app: WsgiApp, file: Path) -> None:
        self._app = app
        self._file = file
        self._lock = threading.Lock()
        self._lines: set[str] = set()
        with contextlib.suppress(FileNotFoundError):
            self._lines.update(file.read_text(encoding="utf-8").splitlines())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call."""
        application = _APPLICATION.search(environ.get("HTTP_USER_AGENT", ""))
        if application and (service := _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))):
            self._note(f"{application[1]} {service[1]}:{_operation(environ, service[1])}")
        return self._app(environ, start_response)

    def _note(self, line: str) -> None:
        with self._lock:
            if line in self._lines or len(self._lines) >= _MOST_LINES or not _LINE.fullmatch(line):
                return
            self._lines.add(line)
            try:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
                with os.fdopen(os.open(self._file, flags, FILE_MODE), "w", encoding="utf-8") as file:
                    file.write(f"{line}\n")
            except OSError as problem:
                log.warning("%s is not noted in %s: %s", line, self._file, problem)


def _operation(environ: dict[str, Any], service: str) -> str:
    """Name of what is asked for, in each of AWS's protocols; empty when it has none."""
    if target := str(environ.get("HTTP_X_AMZ_TARGET", "")):
        return target.rpartition(".")[2]
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    try:
        operation, _ = get_service_router(service).match(Request(environ))
    except Exception:  # whatever moto raises for a service, a path or a method that it does not know
        return ""
    return str(operation.name)
