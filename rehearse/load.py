"""The load process, ``python -m rehearse.load``: Locust with an open loop.

Locust's users send their next request when the last one was answered, so a slow system gets less load and looks better
than it is. Here one Locust user draws visits from the system's workload, and each gets a greenlet of its own at its
time, whether or not those before were answered. Locust sends and counts, and the rehearsal compares its counts with
its own records. A process of its own, because Locust replaces parts of the standard library for cooperative I/O.

Reads its plan from the first line of stdin and ends when stdin is closed, once everything in flight has been answered.
"""

from __future__ import annotations

# Locust must come before anything that opens sockets.
from locust import HttpUser, task  # isort: skip
from locust.env import Environment  # isort: skip

import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import gevent
import requests
from gevent.event import Event
from gevent.fileobject import FileObject
from gevent.pool import Group
from urllib3 import PoolManager

from rehearse.load_plan import LoadPlan
from rehearse.records import Attempt, Outcome, Record, end_line
from rehearse.traffic import workload_of
from systems.loading import load
from systems.workload import Visit, Workload

_CONNECTIONS: Final = 1024
_RETRY_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Pauses between attempts at one visit. After the last one it is repeated."""


class Sender:
    """Sends visits through a Locust client and writes what became of them."""

    def __init__(self, plan: LoadPlan, workload: Workload, *, write: Callable[[str], object]) -> None:
        self._plan = plan
        self._workload = workload
        self._write = write

    def send(self, client: Any, visit: Visit, due: float) -> None:
        """One visit, with its retries where the plan allows them."""
        attempts: list[Attempt] = []
        for pause in self._pauses():
            attempts.append(self._attempt(client, visit))
            left = due + self._plan.retry_seconds - time.monotonic() - pause
            if attempts[-1].outcome == "ok" or not _may_retry(attempts[-1]) or left <= 0:
                break
            gevent.sleep(pause)
        record = Record(
            number=visit.number,
            kind=visit.kind,
            path=visit.path,
            counts_as=visit.counts_as,
            due=due,
            attempts=tuple(attempts),
        )
        self._write(record.line())

    @staticmethod
    def _pauses() -> Iterator[float]:
        yield from _RETRY_SECONDS
        while True:
            yield _RETRY_SECONDS[-1]

    def _attempt(self, client: Any, visit: Visit) -> Attempt:
        headers = {"Content-Type": "application/json", **visit.headers} if visit.body else visit.headers
        sent = time.monotonic()
        with client.request(
            visit.method,
            visit.path,
            name=visit.kind,
            headers=headers,
            data=visit.body or None,
            timeout=self._plan.timeout_seconds,
            allow_redirects=False,
            catch_response=True,
        ) as response:
            done = time.monotonic()
            outcome, problem = self._judge(visit, response)
            if outcome == "ok":
                response.success()
            else:
                response.failure(problem)
        return Attempt(sent=sent, done=done, status=response.status_code or 0, outcome=outcome, problem=problem)

    def _judge(self, visit: Visit, response: Any) -> tuple[Outcome, str]:
        error = getattr(response, "error", None)
        if isinstance(error, requests.exceptions.Timeout):
            return "timeout", type(error).__name__
        if error is not None and not response.status_code:
            return "refused", type(error).__name__
        problem = self._workload.problem(visit, response.status_code, response.content)
        return ("answered", problem) if problem else ("ok", "")


def _may_retry(attempt: Attempt) -> bool:
    """Whether the same visit can sensibly be sent again: not where the answer would be the same."""
    return attempt.status == 0 or attempt.status >= 500 or attempt.status in (409, 429)


def visitors(plan: LoadPlan, workload: Workload, sender: Sender, stopping: Event) -> type[HttpUser]:
    """Make the Locust user that sends every visit.

    Returns:
        Its class, for a Locust environment.
    """

    class Visitors(HttpUser):
        host = plan.api
        pool_manager = PoolManager(num_pools=1, maxsize=_CONNECTIONS, block=False)

        @task
        def arrive(self) -> None:
            """Start each visit at its time until ``stopping`` is set. Then wait for the last answer."""
            began, in_flight = time.monotonic(), Group()
            for visit in workload.visits(seed=plan.seed, rate=plan.rate, mix=plan.mix, run_id=plan.run_id):
                due = began + (plan.surge.when(visit.due_seconds) if plan.surge else visit.due_seconds)
                if stopping.wait(timeout=max(0.0, due - time.monotonic())):
                    break
                in_flight.spawn(sender.send, self.client, visit, due)
            in_flight.join()
            if self.environment.runner is not None:
                self.environment.runner.quit()

    return Visitors


def main() -> None:
    """Send until stdin closes."""
    orders = FileObject(sys.stdin.fileno(), "r", encoding="utf-8", closefd=False)
    plan = LoadPlan.parse(next(islice(orders, 1)))
    workload, stopping = workload_of(load(plan.system), plan.system), Event()
    with plan.records.open("w", encoding="utf-8", buffering=1) as records:
        sender = Sender(plan, workload, write=records.write)
        environment = Environment(user_classes=[visitors(plan, workload, sender, stopping)], catch_exceptions=False)
        runner = environment.create_local_runner()
        runner.start(1, spawn_rate=1)
        gevent.spawn(lambda: (orders.read(), stopping.set()))
        runner.greenlet.join()
        total = environment.stats.total
        records.write(end_line(requests=total.num_requests, failures=total.num_failures))


if __name__ == "__main__":
    main()
