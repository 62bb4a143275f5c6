"""What it costs a service that a share of its requests goes to the new side too: p99 with and without, in turn.

``python -m bench.shadow_cost --percent 5`` prints a line for each operation. On a machine with several processors the
service has the first one to itself: the new side, the database and the load generator would run elsewhere on AWS too.
The new side gives at once what the old one answered before: what it needs for an answer is no cost of the old one.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import secrets
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import psutil
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
    """Offer both sides the same rate, in turn and in changing order; print the medians of their p99."""
    load = H2Load()
    with tempfile.TemporaryDirectory(prefix="shadow-cost-") as folder, _sides(Path(folder), percent=percent) as field:
        sides, new = field
        for name in operations:
            operation = OPERATIONS[name]
            new.learn(operation, sides[_WITHOUT].url)
            got: dict[str, list[Offered]] = {side: [] for side in sides}
            cpu_seconds = dict.fromkeys(sides, 0.0)
            busy: list[float] = []
            for side in sides.values():  # connections, caches and code of both are warm
                load.offer(operation, side.url, per_second=rate, seconds=seconds)
            for number in range(rounds):
                machine_before = _busy_seconds()
                for asked in sorted(sides, reverse=number % 2 == 1):
                    before = _cpu_seconds(sides[asked])
                    got[asked].append(load.offer(operation, sides[asked].url, per_second=rate, seconds=seconds))
                    cpu_seconds[asked] += _cpu_seconds(sides[asked]) - before
                busy.append(_busy_seconds() - machine_before)
            quiet = sorted(range(rounds), key=busy.__getitem__)[: max(4, rounds // 2)]
            answered = sum(one.requests for one in got[_WITH])
            cpu_us = {side: used / answered * 1e6 for side, used in cpu_seconds.items()}
            quiet_ones = {side: [offers[number] for number in quiet] for side, offers in got.items()}
            sys.stdout.write(f"{name}, all rounds: {_told(got)}\n")
            sys.stdout.write(f"{name}, the half in which the machine did least: {_told(quiet_ones)}\n")
            sys.stdout.write(f"{name}: processor time us a request {_pair(cpu_us)}\n")
            sys.stdout.flush()


def _busy_seconds() -> float:
    """Processor time of everything on this machine, so that rounds can be left out in which others had much of it."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def _cpu_seconds(side: Started) -> float:
    used = side.process.cpu_times()
    return float(used.user + used.system)


def _told(got: Mapping[str, Sequence[Offered]]) -> str:
    p99 = {side: [offered.p99_ms for offered in offers] for side, offers in got.items()}
    ratios = sorted(one / other for one, other in zip(p99[_WITH], p99[_WITHOUT], strict=True))
    # The median lies between these two of the sorted ratios in 19 of 20 cases, whatever their distribution.
    reach = round(0.98 * math.sqrt(len(ratios)))
    low, high = ratios[max(0, len(ratios) // 2 - reach)], ratios[min(len(ratios) - 1, len(ratios) // 2 + reach)]
    middle, lower = ({side: statistics.quantiles(p99[side], n=4)[at] for side in p99} for at in (1, 0))
    p50 = {side: statistics.median(offered.p50_ms for offered in offers) for side, offers in got.items()}
    everything = [offered for offers in got.values() for offered in offers]
    return "; ".join(
        [
            f"p99 ms, medians {_pair(middle)}, lower quartiles {_pair(lower)}",
            f"median of the pairs {statistics.median(ratios) - 1:+.1%} ({low - 1:+.1%} to {high - 1:+.1%})",
            f"p50 ms {_pair(p50)}",
            f"{sum(one.requests for one in everything)} requests, {sum(one.failed for one in everything)} failed",
        ]
    )


def _pair(values: Mapping[str, float]) -> str:
    without, with_it = values[_WITHOUT], values[_WITH]
    return f"{without:.2f} and {with_it:.2f} ({with_it / without - 1:+.1%})"


def main() -> None:
    """Read the flags and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.shadow_cost", description=__doc__)
    parser.add_argument("--percent", type=int, default=5)
    parser.add_argument("--operations", nargs="+", choices=tuple(OPERATIONS), default=["profiles", "list", "likes"])
    parser.add_argument("--rate", type=float, default=400.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=15)
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
