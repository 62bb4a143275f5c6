"""Everything that is measured, as processes on loopback: each side one process, all of them on one DynamoDB."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import psutil
import requests

from bench.dynamodb_server import RunningDynamoDb, running_dynamodb
from bench.load_balancer import Balancer, running_balancer
from bench.tables import create_tables, delete_tables
from bench.workload import OPERATIONS
from cli.errors import CommandError
from cli.seed import put_items
from embedded.control_client import ask
from embedded.faults import ROUTE as COUNTS_ROUTE
from embedded.network import free_port
from mysfits.system import SYSTEM
from mysfits.tables import MYSFITS
from systems.checkout import ROOT

_TABLES: Final = {"mysfits": "bench-mysfits", "ledger": "bench-ledger"}
_AWS: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_GUNICORN_THREADS: Final = 32
_START_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 5.0
_END_SECONDS: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Side:
    """Something that answers requests.

    Attributes:
        name: short, for tables.
        means: one line for people.
        url: where it answers, without a path.
        operations: of OPERATIONS, those that it is measured by.
        processes: what works for it, the load generator and the database aside.
    """

    name: str
    means: str
    url: str
    operations: tuple[str, ...]
    processes: tuple[psutil.Process, ...]

    def cpu_seconds(self) -> float:
        """Processor time that its processes have used so far, user and system."""
        times = [process.cpu_times() for process in self._family()]
        return sum(used.user + used.system for used in times)

    def resident_mb(self) -> float:
        """Resident memory of its processes together, in MB (10^6 bytes)."""
        return sum(process.memory_info().rss for process in self._family()) / 1e6

    def _family(self) -> list[psutil.Process]:
        return [one for process in self.processes for one in (process, *process.children(recursive=True))]


class Database:
    """The DynamoDB that every side uses, and its count of calls."""

    def __init__(self, running: RunningDynamoDb) -> None:
        self._control_socket = running.control_socket
        self.endpoint_url = running.endpoint_url
        self._client: Any = boto3.client(
            "dynamodb",
            endpoint_url=running.endpoint_url,
            region_name=_AWS["AWS_REGION"],
            aws_access_key_id=_AWS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=_AWS["AWS_SECRET_ACCESS_KEY"],
        )

    def fill(self) -> None:
        """Make the tables anew with the twelve mysfits and an empty ledger."""
        delete_tables(self._client, **_TABLES)
        create_tables(self._client, **_TABLES)
        put_items(self._client, _TABLES["mysfits"], MYSFITS)

    def calls(self) -> int:
        """Item operations so far. The fault injector counts them, here with a plan that has no faults."""
        return int(ask(self._control_socket, "PUT", COUNTS_ROUTE, {"lease_seconds": 60})["counts"]["requests"])


class Databases:
    """All of them: one that keeps nothing, which all sides but one use, and one that keeps every change on disk."""

    def __init__(self, *databases: Database) -> None:
        self._databases = databases

    def fill(self) -> None:
        """Make the tables of each anew."""
        for database in self._databases:
            database.fill()

    def calls(self) -> int:
        """Item operations of all of them so far; one side is measured at a time."""
        return sum(database.calls() for database in self._databases)


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """All sides, running; ``ours`` is the monolith, called directly."""

    database: Databases
    sides: Mapping[str, Side]


@contextlib.contextmanager
def running_subjects(logs: Path) -> Iterator[Subjects]:
    """Start everything; ends with the context. ``logs`` is the folder of what the processes print.

    Raises:
        CommandError: one of them does not come up.
    """
    logs.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        database = Database(stack.enter_context(running_dynamodb()))
        lasting = Database(stack.enter_context(running_dynamodb(file=logs / "items.sqlite3")))
        databases = Databases(database, lasting)
        databases.fill()
        starter = Starter(stack, logs=logs, endpoint_url=database.endpoint_url)
        key = secrets.token_urlsafe(32)
        starter.start(
            "gunicorn",
            [
                *("-m", "gunicorn", "bench.flask_mysfits:create_app()", "--workers", "1", "--log-level", "warning"),
                *("--worker-class", "gthread", "--threads", str(_GUNICORN_THREADS), "--keep-alive", "75", "--bind"),
            ],
            address=True,
        )
        starter.start("empty", ["-m", "bench.empty"])
        monolith = start_monolith(starter, "monolith", key=key, endpoint_url=database.endpoint_url)
        start_monolith(starter, "kept", key=key, endpoint_url=lasting.endpoint_url)
        balancer = stack.enter_context(running_balancer(logs))
        like = starter.start(
            "like", ["-m", "services", "like"], MONOLITH_URL=f"127.0.0.1:{balancer.split_port}", FULFILL_KEY=key
        )
        balancer.carry(monolith=monolith.port, like=like.port)
        sides = _sides(starter.started, balancer)
        yield Subjects(database=databases, sides={side.name: side for side in sides})


def start_monolith(starter: Starter, name: str, *, key: str, endpoint_url: str, **environ: str) -> Started:
    """A monolith that serves everything, with ``key`` for its facade and more variables."""
    told = {
        "MYSFIT_ACTIONS": ",".join(SYSTEM.all_monolith_routes),
        "FULFILL_KEYS": key,
        "LEDGER_TABLE_NAME": _TABLES["ledger"],
        "AWS_ENDPOINT_URL": endpoint_url,
    }
    return starter.start(name, ["-m", "services", "monolith"], address=False, **told, **environ)


@dataclass(frozen=True, kw_only=True)
class Started:
    """A process and the loopback port on which it answers."""

    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://127.0.0.1:{self.port}"


def _sides(started: Mapping[str, Started], balancer: Balancer) -> list[Side]:
    everything = tuple(OPERATIONS)
    monolith, like = started["monolith"].process, started["like"].process
    proxy, other_proxy = balancer.processes()

    def alone(name: str, means: str, process: str, operations: Sequence[str]) -> Side:
        one = started[process]
        return Side(name=name, means=means, url=one.url, operations=tuple(operations), processes=(one.process,))

    def balanced(name: str, means: str, port: int, *processes: psutil.Process) -> Side:
        return Side(name=name, means=means, url=f"http://127.0.0.1:{port}", operations=("like",), processes=processes)

    path = "load balancer, like service, load balancer, monolith"
    return [
        alone("gunicorn", f"Flask, gunicorn with {_GUNICORN_THREADS} threads", "gunicorn", everything),
        alone("ours", "our monolith", "monolith", everything),
        alone("kept", "our monolith, whose DynamoDB has each like on disk before it answers", "kept", ["like"]),
        alone("empty", "a handler that does nothing, on our server", "empty", ["like"]),
        balanced("inline", "load balancer, monolith", balancer.inline_port, monolith, proxy),
        balanced("split", path, balancer.split_port, monolith, like, other_proxy),
    ]


class Starter:
    """Starts Python programs that serve HTTP; they end with ``stack``."""

    def __init__(self, stack: contextlib.ExitStack, *, logs: Path, endpoint_url: str) -> None:
        self._stack = stack
        self._logs = logs
        self.started: dict[str, Started] = {}
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environ = {**own, **_AWS, "AWS_ENDPOINT_URL": endpoint_url, "PYTHONUNBUFFERED": "1"}

    def start(self, name: str, arguments: Sequence[str], *, address: bool = False, **environ: str) -> Started:
        """Run ``python ARGUMENTS`` and wait until it answers.

        It gets its address as HOST and PORT, or as one last argument (``address``), and the table, unless it has
        MONOLITH_URL.
        """
        port = free_port()
        where = [f"127.0.0.1:{port}"] if address else []
        data = {} if "MONOLITH_URL" in environ else {"DDB_TABLE_NAME": _TABLES["mysfits"]}
        log = self._stack.enter_context((self._logs / f"{name}.log").open("w", encoding="utf-8"))
        process = subprocess.Popen(
            [sys.executable, *arguments, *where],
            cwd=ROOT,
            env={**self._environ, **data, "HOST": "127.0.0.1", "PORT": str(port), **environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        self._stack.callback(_end, process)
        started = self.started[name] = Started(port=port, process=psutil.Process(process.pid))
        self._wait(name, process, started.url)
        return started

    def _wait(self, name: str, process: subprocess.Popen[bytes], url: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if requests.get(f"{url}/", timeout=_ANSWER_SECONDS).ok:
                    return
            time.sleep(0.05)
        tail = (self._logs / f"{name}.log").read_text(encoding="utf-8").strip().splitlines()[-5:]
        raise CommandError(
            "\n".join([f"{name} did not answer within {_START_SECONDS:.0f} s; its log ends with:", *tail])
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
