"""Fault injection into tasks: each is killed without warning, and the time is taken until its service is steady."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.control_client import ControlError, ask
from embedded.ecs.task_processes import ROUTE as TASKS_ROUTE
from rehearse.watch import Sample
from settings.names import short_name

_FIRST_KILL_SECONDS: Final = 3.0
_CALM_SECONDS: Final = (3.0, 8.0)
_RECOVERY_TIMEOUT_SECONDS: Final = 60.0
_TICK_SECONDS: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One task that was killed.

    Attributes:
        at: monotonic seconds.
        service: short name.
        judged: whether all tasks of the service were in service and nothing was being rolled, then and until it was
            steady again. Other recoveries are not judged.
        steady_after_seconds: until all tasks were in service again; None when that was never seen.
    """

    at: float
    service: str
    judged: bool
    steady_after_seconds: float | None


class TaskKiller:
    """Kills random tasks, one after the other, in a thread of its own.

    A service that is already short of tasks is left alone until it is steady again: both of two tasks dead at once are
    an outage, whatever the walk does.

    Args:
        running: process groups of running tasks by short service name, as ``running_tasks`` reads them.
        seed: of the choice of tasks and pauses.
        last_sample: the latest look at the services, or None.
    """

    def __init__(
        self,
        running: Callable[[], Mapping[str, Sequence[int]]],
        *,
        seed: int,
        last_sample: Callable[[], Sample | None],
    ) -> None:
        self._running = running
        self._chance = random.Random(seed)  # noqa: S311 - repeatable by intent
        self._last_sample = last_sample
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.kills: list[Kill] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End. Return when the service of the last killed task is steady again, or after a minute."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_KILL_SECONDS
        while not self._ended.wait(pause):
            pause = self._chance.uniform(*_CALM_SECONDS)
            sample = self._last_sample()
            if sample is not None:
                with contextlib.suppress(ControlError):  # an embedded AWS that is gone shows elsewhere
                    self._kill_one(sample)

    def _kill_one(self, sample: Sample) -> None:
        victims = [
            (service, process_group)
            for service, process_groups in sorted(self._running().items())
            for process_group in process_groups
            if service in sample.services and sample.services[service].healthy >= 2
        ]
        if not victims:
            return
        service, process_group = self._chance.choice(victims)
        at = time.monotonic()
        try:
            os.killpg(process_group, signal.SIGKILL)
        except ProcessLookupError:  # it has ended since
            return
        if not sample.services[service].steady:
            self.kills.append(Kill(at=at, service=service, judged=False, steady_after_seconds=None))
            return
        judged, seconds = self._await_steady(service, at)
        self.kills.append(Kill(at=at, service=service, judged=judged, steady_after_seconds=seconds))

    def _await_steady(self, service: str, killed_at: float) -> tuple[bool, float | None]:
        """Wait until the API showed the loss and then the service steady.

        Returns:
            Whether no rollout came between, and the seconds it took; None when it was never seen.
        """
        noticed = False
        while time.monotonic() - killed_at < _RECOVERY_TIMEOUT_SECONDS:
            sample = self._last_sample()
            if sample is not None and sample.at > killed_at:
                counts = sample.services.get(service)
                if counts is None or counts.deployments != 1:
                    return False, None
                noticed = noticed or not counts.steady
                if noticed and counts.steady:
                    return True, sample.at - killed_at
            time.sleep(_TICK_SECONDS)
        return True, None


def running_tasks(control_socket: Path, *, cluster: str) -> dict[str, list[int]]:
    """Process groups of the tasks that services of one cluster run.

    Args:
        control_socket: of the embedded AWS, which may have other environments' clusters too.
        cluster: name, with which the names of its services begin.

    Returns:
        Process groups by the service's short name. A task that belongs to no service is left out.
    """
    found: dict[str, list[int]] = {}
    for task in ask(control_socket, "GET", TASKS_ROUTE):
        kind, _, service = task["group"].partition(":")
        name = short_name(service, environment=cluster)
        if kind == "service" and task["cluster"] == cluster and name != service:
            found.setdefault(name, []).append(task["process_group"])
    return found
