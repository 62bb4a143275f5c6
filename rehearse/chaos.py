"""Faults during the walk: DynamoDB's, by the embedded AWS, and tasks that die without a word."""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from embedded import state
from embedded.control_client import ControlError, ask
from embedded.faults import ROUTE
from rehearse.watch import Sample

FAULTS: Final = ("kill", "slow", "throttle", "drop")

_SHARES: Final = {"slow": 0.03, "throttle": 0.02, "drop": 0.02}
"""Share of DynamoDB's item operations that meet each fault."""

_SLOW_SECONDS: Final = 0.4
_LEASE_SECONDS: Final = 30.0
_RENEW_SECONDS: Final = 8.0
_SERVICES_CALLER: Final = "aiobotocore"
"""Part of the services' User-Agent; the deployer's own reads and writes are not what is rehearsed."""

_FIRST_KILL_SECONDS: Final = 3.0
_CALM_SECONDS: Final = (3.0, 8.0)
_RECOVERY_TIMEOUT_SECONDS: Final = 60.0
_TICK_SECONDS: Final = 0.1


class DynamoDbFaults:
    """Sets a fault plan at the embedded AWS and keeps its lease, in a thread of its own, from ``start`` to ``stop``."""

    def __init__(self, control_socket: Path, faults: Sequence[str]) -> None:
        self._control_socket = control_socket
        self._shares = {fault: _SHARES[fault] for fault in faults if fault in _SHARES}
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
        """End; ``counts`` then says how many faults of each kind there were."""
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
            "caller": _SERVICES_CALLER,
        }
        counts: Mapping[str, int] = ask(self._control_socket, "PUT", ROUTE, plan)["counts"]
        return counts

    def _renew(self) -> None:
        while not self._ended.wait(_RENEW_SECONDS):
            with contextlib.suppress(ControlError):  # the lease outlives two lost renewals
                self._set_plan()


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One task that was killed.

    Attributes:
        at: monotonic seconds.
        service: short name.
        steady: whether all tasks of the service were in service and nothing was being rolled, then and until it was
            whole again; only then its recovery says something.
        whole_after_seconds: until all tasks were in service again; None when that was never seen.
    """

    at: float
    service: str
    steady: bool
    whole_after_seconds: float | None


class Killer:
    """Kills random tasks, one after the other, in a thread of its own.

    A service that is already short of tasks is left alone until it is whole again: two deaths at once are an outage by
    definition, and nothing that the walk could be blamed for.
    """

    def __init__(self, *, state_dir: Path, seed: int, last_sample: Callable[[], Sample | None]) -> None:
        self._state_dir = state_dir
        self._chance = random.Random(seed)  # noqa: S311 - repeatable by intent
        self._last_sample = last_sample
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.kills: list[Kill] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the last killed task's service is whole again, or was given up on."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_KILL_SECONDS
        while not self._ended.wait(pause):
            pause = self._chance.uniform(*_CALM_SECONDS)
            sample = self._last_sample()
            if sample is not None:
                self._kill_one(sample)

    def _kill_one(self, sample: Sample) -> None:
        tasks = task_processes(self._state_dir)
        victims = [
            (service, process)
            for service, processes in sorted(tasks.items())
            for process in processes
            if service in sample.services and sample.services[service].healthy >= 2
        ]
        if not victims:
            return
        service, process = self._chance.choice(victims)
        at = time.monotonic()
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return
        if not sample.services[service].whole:
            self.kills.append(Kill(at=at, service=service, steady=False, whole_after_seconds=None))
            return
        steady, seconds = self._await_whole(service, at)
        self.kills.append(Kill(at=at, service=service, steady=steady, whole_after_seconds=seconds))

    def _await_whole(self, service: str, killed_at: float) -> tuple[bool, float | None]:
        """Whether no rollout came between, and seconds until the API showed the loss and then the service whole."""
        noticed = False
        while time.monotonic() - killed_at < _RECOVERY_TIMEOUT_SECONDS:
            sample = self._last_sample()
            if sample is not None and sample.at > killed_at:
                counts = sample.services.get(service)
                if counts is None or counts.deployments != 1:
                    return False, None
                noticed = noticed or not counts.whole
                if noticed and counts.whole:
                    return True, sample.at - killed_at
            time.sleep(_TICK_SECONDS)
        return True, None


def task_processes(state_dir: Path) -> dict[str, list[psutil.Process]]:
    """Processes of running tasks by short service name."""
    found: dict[str, list[psutil.Process]] = {}
    for process in state.processes(state_dir):
        service = _service_of(process)
        if service is not None:
            found.setdefault(service, []).append(process)
    return found


def _service_of(process: Any) -> str | None:
    try:
        command = process.cmdline()
    except psutil.Error:
        return None
    module = next((part for part in command if part.startswith("services.")), None)
    return None if module is None else module.partition(".")[2]
