"""What it costs a service that a share of its requests goes to the new side too: p99 with and without, side by side.

``python -m bench.shadow_cost`` prints a line for each operation. Both sides are asked at the same time: what slows the
machine for a moment, and makes most of a p99, is in the latencies of both. On a machine with several processors they
have the first one to themselves: the new side, the database and the load generator would run elsewhere on AWS too. The
new side gives at once what the old one answered before: what it needs for an answer is no cost of the old one.
"""

from __future__ import annotations

import argparse
import contextlib
import operator
import os
import random
import secrets
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import requests

from bench.dynamodb_server import running_dynamodb
from bench.h2load import H2Load, Offered
from bench.sides import Database, Started, Starter, start_monolith
from bench.workload import OPERATIONS, Operation


class _NewSide(ThreadingHTTPServer):
    """Answers what ``learn`` was told, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, requests.Response] = {}
        super().__init__(("127.0.0.1", 0), _Repeat)

    def learn(self, operation: Operation, url: str) -> None:
        """Ask ``url`` for everything that the operation asks."""
        for path in operation.paths:
            self.answers[path] = requests.request(operation.method, url + path, timeout=10)


class _Repeat(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _NewSide

    def do_GET(self) -> None:
        answer = self.server.answers[self.path]
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing; nobody reads it."""


_WITHOUT: Final = "without"
_WITH: Final = "with"


@contextlib.contextmanager
def _sides(logs: Path, *, percent: int) -> Iterator[tuple[Mapping[str, Started], _NewSide]]:
    """The same service without and with a shadow, by name, and the new side."""
    cores = sorted(os.sched_getaffinity(0))
    others = cores[1:] or cores
    os.sched_setaffinity(0, others)  # what is started from here on inherits it
    try:
        with contextlib.ExitStack() as stack:
            database = Database(stack.enter_context(running_dynamodb()))
            database.fill()
            starter = Starter(stack, logs=logs, endpoint_url=database.endpoint_url)
            told = {"key": secrets.token_urlsafe(32), "endpoint_url": database.endpoint_url}
            new = stack.enter_context(_NewSide())
            threading.Thread(target=new.serve_forever, daemon=True).start()
            stack.callback(new.shutdown)
            shadow = {
                "SHADOW_PERCENT": str(percent),
                "SHADOW_URL": f"127.0.0.1:{new.server_port}",
                "SHADOW_KEY": secrets.token_urlsafe(32),
                "SHADOW_REVISION": "old",
            }
            sides = {
                _WITHOUT: start_monolith(starter, _WITHOUT, **told),
                _WITH: start_monolith(starter, _WITH, **told, **shadow),
            }
            for side in sides.values():
                side.process.cpu_affinity(cores[:1])
            yield sides, new
    finally:
        os.sched_setaffinity(0, cores)


def measure(*, percent: int, operations: Sequence[str], rate: float, seconds: float, rounds: int) -> None:
    """Offer both sides the same rate at the same time, each first in every other round; print p99 of both."""
    load = H2Load()
    with (
        tempfile.TemporaryDirectory(prefix="shadow-cost-") as folder,
        _sides(Path(folder), percent=percent) as subjects,
    ):
        sides, new = subjects
        for name in operations:
            operation = OPERATIONS[name]
            new.learn(operation, sides[_WITHOUT].url)
            got: dict[str, list[Offered]] = {side: [] for side in sides}
            for side in sides.values():  # connections, caches and code of both are warm
                load.offer(operation, side.url, per_second=rate, seconds=seconds)
            before = {side: _cpu_seconds(started) for side, started in sides.items()}
            with ThreadPoolExecutor(max_workers=len(sides)) as both:
                for number in range(rounds):
                    under_way = {
                        side: both.submit(load.offer, operation, sides[side].url, per_second=rate, seconds=seconds)
                        for side in sorted(sides, reverse=number % 2 == 1)
                    }
                    for asked, offer in under_way.items():
                        got[asked].append(offer.result())
            answered = sum(one.requests for one in got[_WITH])
            cpu_us = {side: (_cpu_seconds(one) - before[side]) / answered * 1e6 for side, one in sides.items()}
            sys.stdout.write(
                f"{name} at {rate:g} a second: {_told(got)}; processor time us a request {_pair(cpu_us)}\n"
            )
            sys.stdout.flush()


def _cpu_seconds(side: Started) -> float:
    used = side.process.cpu_times()
    return float(used.user + used.system)


def _told(got: Mapping[str, Sequence[Offered]]) -> str:
    latencies = {side: Latencies([offered.latencies_ms for offered in offers]) for side, offers in got.items()}
    p99 = {side: of_all.p99() for side, of_all in latencies.items()}
    low, high = change_of_p99(latencies[_WITHOUT], latencies[_WITH])
    p50 = {side: statistics.median(offered.p50_ms for offered in offers) for side, offers in got.items()}
    everything = [offered for offers in got.values() for offered in offers]
    return "; ".join(
        [
            f"{sum(one.requests for one in everything)} requests, {sum(one.failed for one in everything)} failed",
            f"p99 ms {_pair(p99)}, 19 of 20 between {low:+.1%} and {high:+.1%}",
            f"p50 ms {_pair(p50)}",
        ]
    )


class Latencies:
    """All latencies of one side in ms, given by round."""

    def __init__(self, rounds: Sequence[Sequence[float]]) -> None:
        self._slowest_first = sorted(((one, at) for at, these in enumerate(rounds) for one in these), reverse=True)
        self._counts = [len(these) for these in rounds]

    @property
    def rounds(self) -> int:
        """How many there were."""
        return len(self._counts)

    def p99(self, times: Sequence[int] | None = None) -> float:
        """Of all of them; each round counts so many ``times``, without it once."""
        times = times or [1] * self.rounds
        beyond = 0.01 * sum(map(operator.mul, times, self._counts))
        for latency, at in self._slowest_first:
            beyond -= times[at]
            if beyond < 0:
                return latency
        raise ValueError("there are no latencies")


def change_of_p99(without: Latencies, with_it: Latencies, *, samples: int = 2000) -> tuple[float, float]:
    """Between which changes of p99 that of such measurements lies in 19 of 20 cases.

    The rounds are drawn again with replacement, both sides of a round together (a bootstrap by blocks: a slow moment of
    the machine is in all latencies near it).

    Returns:
        The lowest and the highest, such as -0.02 for 2 % less.
    """
    chance = random.Random(0)  # noqa: S311 - not for secrets; the same rounds have the same interval
    rounds, changes = without.rounds, []
    for _ in range(samples):
        drawn = Counter(chance.choices(range(rounds), k=rounds))
        times = [drawn[number] for number in range(rounds)]
        changes.append(with_it.p99(times) / without.p99(times) - 1)
    changes.sort()
    return changes[int(0.025 * samples)], changes[int(0.975 * samples)]


def _pair(values: Mapping[str, float]) -> str:
    without, with_it = values[_WITHOUT], values[_WITH]
    return f"{without:.2f} and {with_it:.2f} ({with_it / without - 1:+.1%})"


def main() -> None:
    """Read the flags and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.shadow_cost", description=__doc__)
    parser.add_argument("--percent", type=int, default=5)
    parser.add_argument("--operations", nargs="+", choices=tuple(OPERATIONS), default=["profiles", "list", "likes"])
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second of each side")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    measure(
        percent=given.percent,
        operations=given.operations,
        rate=given.rate,
        seconds=given.seconds,
        rounds=given.rounds,
    )


if __name__ == "__main__":
    main()
