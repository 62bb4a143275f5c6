"""Asks a running embedded AWS through its control socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any, Final

from embedded.overriding import override

ANSWER_SECONDS: Final = 5.0


class ControlError(RuntimeError):
    """The embedded AWS did not answer, or refused."""


class SilentError(ControlError):
    """Nobody answered; ``reason`` says what came instead."""

    def __init__(self, control_socket: Path, reason: str) -> None:
        super().__init__(
            f"The embedded AWS does not answer at {control_socket} ({reason}); run make status to see whether it runs."
        )
        self.reason = reason


class RefusedError(ControlError):
    """The embedded AWS refused what it was asked; ``problem`` is its own line about it."""

    def __init__(self, request: str, problem: str) -> None:
        super().__init__(f"The embedded AWS refused {request}: {problem}")
        self.problem = problem


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(
    control_socket: Path, method: str, route: str, document: object = None, *, timeout_seconds: float = ANSWER_SECONDS
) -> Any:
    """The answer's JSON.

    Args:
        control_socket: its path.
        method: HTTP method.
        route: such as "/status".
        document: JSON of the request; None for none.
        timeout_seconds: limit of every single wait for the other side.

    Raises:
        RefusedError: the request was refused, and why.
        SilentError: nobody answers.
    """
    connection = _UnixConnection(control_socket, timeout_seconds=timeout_seconds)
    try:
        connection.request(method, route, None if document is None else json.dumps(document))
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as problem:
        reason = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
        raise SilentError(control_socket, reason) from problem
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RefusedError(f"{method} {route}", _problem(body, answer.status))
    return json.loads(body)


def _problem(body: bytes, status: int) -> str:
    try:
        return str(json.loads(body)["problem"])
    except (ValueError, KeyError, TypeError):
        return f"status {status}"
