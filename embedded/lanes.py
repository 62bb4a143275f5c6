"""DynamoDB's calls go past all others: visitors wait for them.

Terraform asks twenty things at a time, and every answer is made by a thread that wants the interpreter for itself. A
call of a service waited behind all of them then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from embedded.faults import WsgiApp

_AT_A_TIME: Final = 2
"""Calls of other services. They keep a processor busy, so that more at a time would be answered no sooner."""

_PASSES: Final = ("DynamoDB_", "AmazonEC2ContainerServiceV20141113.DescribeServices")
"""Targets that wait for nobody; DescribeServices itself waits, for a service to become steady."""


class Lanes:
    """``app``, which is asked at most two things at a time that are not DynamoDB's."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._others = threading.BoundedSemaphore(_AT_A_TIME)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call."""
        if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith(_PASSES):
            return self._app(environ, start_response)
        with self._others:
            return [b"".join(self._app(environ, start_response))]
