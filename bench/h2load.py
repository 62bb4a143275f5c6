"""h2load, the open loop: requests go out at a constant rate, whatever becomes of those before them.

Each connection sends 5 requests a second, so a rate has as many connections as clients it stands for. A connection
waits for its answer before it sends the next request, which delays one only behind an answer that took more than
200 ms; such answers are what is looked for, and one in a hundred is too many.
"""

from __future__ import annotations

import math
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.workload import Operation
from cli.errors import CommandError
from cli.programs import require_program

_REQUESTS_A_SECOND: Final = 5
"""Of one connection."""

_OPENING_MS: Final = 10
"""Every so often a share of the connections is opened; all are open after one period of a connection's requests."""

_SLACK_SECONDS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What became of requests at a constant rate.

    Attributes:
        per_second: the rate.
        requests: sent.
        failed: of these, not answered, or with a status of 400 or more.
        p50_ms, p99_ms: latency, from a request to the end of its answer.
        latencies_ms: of each request, in ascending order.
    """

    per_second: float
    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    latencies_ms: Sequence[float] = field(default=(), repr=False)


class H2Load:
    """The program.

    Raises:
        CommandError: it is not installed.
    """

    def __init__(self) -> None:
        self._program = require_program("h2load", package="nghttp2-client")

    def offer(self, operation: Operation, url: str, *, per_second: float, seconds: float) -> Offered:
        """Send ``operation`` to ``url``, scheme, host and port, at a constant rate.

        Returns:
            What came of it; its ``per_second`` is ``per_second`` up to a whole number of connections.

        Raises:
            CommandError: h2load failed.
        """
        connections = max(1, round(per_second / _REQUESTS_A_SECOND))
        requests = connections * max(1, round(seconds * _REQUESTS_A_SECOND))
        with tempfile.TemporaryDirectory(prefix="mysfits-h2load-") as folder:
            log = Path(folder) / "requests.tsv"
            self._run(_arguments(operation, url, connections=connections, requests=requests, log=log))
            lines = log.read_text(encoding="ascii").splitlines()
        return judge_log(lines, per_second=float(connections * _REQUESTS_A_SECOND), requests=requests)

    def _run(self, arguments: Sequence[str]) -> None:
        answer = subprocess.run(
            [str(self._program), *arguments], capture_output=True, text=True, check=False, timeout=_SLACK_SECONDS
        )
        if answer.returncode != 0:
            reason = (answer.stderr or answer.stdout).strip().splitlines()[-1:]
            raise CommandError(f"h2load failed: {' '.join(reason)}; the command was h2load {' '.join(arguments)}")


def _arguments(operation: Operation, url: str, *, connections: int, requests: int, log: Path) -> list[str]:
    periods = 1000 // _REQUESTS_A_SECOND // _OPENING_MS
    return [
        *("--h1", f"--rps={_REQUESTS_A_SECOND}", f"--clients={connections}", f"--requests={requests}"),
        *(f"--rate={math.ceil(connections / periods)}", f"--rate-period={_OPENING_MS}ms"),
        *("--header", f":method: {operation.method}", f"--log-file={log}"),
        *(url + path for path in operation.paths),
    ]


def judge_log(lines: Iterable[str], *, per_second: float, requests: int) -> Offered:
    """Read h2load's log: a line for each answered request with its start, status and latency in microseconds.

    Returns:
        Latencies over all requests; one without an answer took for ever.
    """
    rows = [(int(status), int(microseconds)) for _, status, microseconds, *_ in (line.split("\t") for line in lines)]
    answered = sorted(microseconds / 1e3 for status, microseconds in rows if 200 <= status < 400)
    failed = requests - len(answered)
    latencies = answered + [math.inf] * failed
    return Offered(
        per_second=per_second,
        requests=requests,
        failed=failed,
        p50_ms=latencies[requests // 2],
        p99_ms=latencies[min(requests - 1, math.ceil(requests * 0.99) - 1)],
        latencies_ms=latencies,
    )
