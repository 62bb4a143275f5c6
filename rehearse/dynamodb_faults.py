"""Faults of DynamoDB during a rehearsal: a plan at the embedded AWS that has to be renewed, or it ends by itself."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from embedded.control_client import ControlError, ask
from embedded.ecs.task import EXECUTION_ENV
from embedded.faults import ROUTE

SHARES: Final = {"slow": 0.03, "throttle": 0.02, "drop": 0.02}
"""Share of DynamoDB's item operations that meet each fault."""

_SLOW_SECONDS: Final = 0.4
_LEASE_SECONDS: Final = 30.0
_RENEW_SECONDS: Final = 8.0
TASKS_CALLER: Final = f"exec-env/{EXECUTION_ENV}"
"""What every AWS SDK in a task has in its User-Agent. The deployer's own calls have it not, and meet no fault."""


class DynamoDbFaults:
    """Sets a fault plan at the embedded AWS and keeps its lease, in a thread of its own, from ``start`` to ``stop``."""

    def __init__(self, control_socket: Path, faults: Sequence[str]) -> None:
        self._control_socket = control_socket
        self._shares = {fault: SHARES[fault] for fault in faults if fault in SHARES}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="faults", daemon=True)
        self._before: Mapping[str, int] = {}
        self.counts: dict[str, int] = {}

    def start(self) -> None:
        """Begin, if any of DynamoDB's faults was asked for."""
        if self._shares:
            self._before = self._set_plan()
            self._thread.start()

    def stop(self) -> None:
        """End. ``counts`` then has the number of faults of each kind."""
        self._ended.set()
        if self._thread.ident is None:
            return
        self._thread.join()
        counts = ask(self._control_socket, "DELETE", ROUTE)["counts"]
        self.counts = {fault: counts[fault] - self._before[fault] for fault in self._shares}

    def _set_plan(self) -> Mapping[str, int]:
        plan = {
            **self._shares,
            "slow_seconds": _SLOW_SECONDS,
            "lease_seconds": _LEASE_SECONDS,
            "caller": TASKS_CALLER,
        }
        counts: Mapping[str, int] = ask(self._control_socket, "PUT", ROUTE, plan)["counts"]
        return counts

    def _renew(self) -> None:
        while not self._ended.wait(_RENEW_SECONDS):
            with contextlib.suppress(ControlError):  # the lease outlives two lost renewals
                self._set_plan()
