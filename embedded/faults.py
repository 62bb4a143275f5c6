"""Faults on request: a share of DynamoDB's item operations is slow, throttled, or applied without an answer.

A plan is set over the control socket at ``/faults`` (PUT, JSON of ``Plan``; GET tells plan and counts; DELETE ends it).
It is leased for some seconds, so that whoever sets one and dies does not leave it behind. Table operations, which
Terraform calls, are never touched.
"""

from __future__ import annotations

import contextlib
import errno
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from embedded.control import Control

ROUTE: Final = "/faults"
"""Of the control socket."""

CONNECTION: Final = "werkzeug.socket"
"""Key of the client's socket in the WSGI environment."""

Fault = Literal["slow", "throttle", "drop"]

_OPERATIONS: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
_MAX_LEASE_SECONDS: Final = 60.0
_MAX_SLOW_SECONDS: Final = 30.0
_THROTTLED: Final = {
    "__type": "com.amazon.coral.availability#ThrottlingException",
    "message": "Throughput exceeds the current capacity of your table or index. (injected)",
}

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Shares (0 to 1, together at most 1) of item operations that get each fault.

    Attributes:
        slow: delayed by ``slow_seconds``, then served.
        throttle: refused with ThrottlingException, nothing applied.
        drop: applied, then the connection is closed without an answer.
        slow_seconds: delay of a slow operation.
        lease_seconds: the plan ends by itself after this time.
        caller: only requests whose User-Agent contains this text; empty for all.
    """

    slow: float = 0.0
    throttle: float = 0.0
    drop: float = 0.0
    slow_seconds: float = 0.5
    lease_seconds: float = 30.0
    caller: str = ""

    @classmethod
    def parse(cls, document: object) -> Plan:
        """A plan from its JSON.

        Raises:
            ValueError: names what is wrong.
        """
        if not isinstance(document, Mapping):
            raise ValueError('a plan is a JSON object; send one such as {"slow": 0.05}.')
        known = {field.name: field.default for field in fields(cls)}
        for name, value in document.items():
            if name not in known:
                raise ValueError(f"{name} is not part of a plan; use {', '.join(known)}.")
            wanted: tuple[type, ...] = (str,) if name == "caller" else (int, float)
            if isinstance(value, bool) or not isinstance(value, wanted):
                raise ValueError(f"{name}={value!r} is not {'text' if name == 'caller' else 'a number'}; correct it.")
        plan = cls(**document)
        shares = (plan.slow, plan.throttle, plan.drop)
        if min(shares) < 0 or sum(shares) > 1:
            raise ValueError("slow, throttle and drop are shares from 0 to 1 and together at most 1; lower them.")
        if not (0 <= plan.slow_seconds <= _MAX_SLOW_SECONDS and 0 < plan.lease_seconds <= _MAX_LEASE_SECONDS):
            raise ValueError(
                f"slow_seconds goes to {_MAX_SLOW_SECONDS:g} and lease_seconds to {_MAX_LEASE_SECONDS:g}; lower them."
            )
        return plan

    def fault_at(self, point: float) -> Fault | None:
        """The fault of a request that drew ``point`` (0 to 1)."""
        shares: tuple[tuple[Fault, float], ...] = (
            ("slow", self.slow),
            ("throttle", self.throttle),
            ("drop", self.drop),
        )
        for fault, share in shares:
            if point < share:
                return fault
            point -= share
        return None


class FaultSwitch:
    """The plan that holds now, and how often each fault happened. Safe in threads."""

    def __init__(
        self, *, draw: Callable[[], float] = random.random, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._draw = draw
        self._clock = clock
        self._lock = threading.Lock()
        self._plan = Plan()
        self._ends_at = 0.0
        self._counts: Counter[str] = Counter()

    def offer(self, control: Control) -> None:
        """Add its routes to the control socket."""
        control.add("GET", ROUTE, lambda _: self.report())
        control.add("PUT", ROUTE, self.set)
        control.add("DELETE", ROUTE, lambda _: self.end())

    def report(self) -> dict[str, object]:
        """Plan, whether it holds, and counts."""
        with self._lock:
            counts = {name: self._counts[name] for name in ("requests", "slow", "throttle", "drop")}
        return {"active": self._clock() < self._ends_at, "plan": asdict(self._plan), "counts": counts}

    def set(self, document: object) -> dict[str, object]:
        """Follow the plan in ``document`` from now on.

        Returns:
            The report.

        Raises:
            ValueError: names what is wrong with it; the plan before goes on.
        """
        plan = Plan.parse(document)
        self._plan, self._ends_at = plan, self._clock() + plan.lease_seconds
        return self.report()

    def end(self) -> dict[str, object]:
        """Stop making faults.

        Returns:
            The report.
        """
        self._ends_at = 0.0
        return self.report()

    @property
    def slow_seconds(self) -> float:
        """Delay of a slow operation."""
        return self._plan.slow_seconds

    def next_fault(self, *, operation: str, caller: str) -> Fault | None:
        """What happens to this request.

        Args:
            operation: X-Amz-Target of the request.
            caller: its User-Agent.
        """
        service, _, name = operation.partition(".")
        if self._clock() >= self._ends_at or not service.startswith("DynamoDB_") or name not in _OPERATIONS:
            return None
        if self._plan.caller not in caller:
            return None
        with self._lock:
            fault = self._plan.fault_at(self._draw())
            self._counts["requests"] += 1
            if fault is not None:
                self._counts[fault] += 1
        return fault


class FaultInjector:
    """WSGI middleware around the AWS API that does what ``switch`` says. Safe in threads."""

    def __init__(self, app: WsgiApp, switch: FaultSwitch, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._app = app
        self._switch = switch
        self._sleep = sleep

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request, well or badly."""
        operation, caller = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("HTTP_USER_AGENT", "")
        match self._switch.next_fault(operation=operation, caller=caller):
            case "slow":
                self._sleep(self._switch.slow_seconds)
            case "throttle":
                return _answer(start_response, "400 Bad Request", _THROTTLED, "application/x-amz-json-1.0")
            case "drop":
                _consume(self._app(environ, _ignore))
                # The server takes the error for a client that went away; closing is left to us.
                environ[CONNECTION].shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError(errno.ECONNABORTED, "reply dropped by the fault plan")
        return self._app(environ, start_response)


def _answer(start_response: Callable[..., Any], status: str, document: object, media_type: str) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", media_type), ("Content-Length", str(len(body)))])
    return [body]


def _ignore(*_: object) -> Callable[[bytes], object]:
    """In place of ``start_response`` where nobody is to hear the answer."""
    return lambda _: None


def _consume(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    with contextlib.closing(answer) if close is not None else contextlib.nullcontext():  # type: ignore[type-var]
        for _ in answer:
            pass
