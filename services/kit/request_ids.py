"""The id that ties one request's log lines, answers and hops together."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"

_SANE = re.compile(rb"[A-Za-z0-9._:=-]{1,128}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def choose(offered: bytes | None) -> str:
    """The caller's id when it is safe to log and to send on, else a new one."""
    if offered is not None and _SANE.fullmatch(offered):
        return offered.decode("ascii")
    return secrets.token_hex(16)


def enter(request_id: str) -> None:
    """Make ``request_id`` the current one for this task and those it starts."""
    _current.set(request_id)


def current() -> str:
    """Id of the request being served, or an empty string outside of one."""
    return _current.get()
