"""wrk, the closed loop: keeps a number of connections busy for some seconds and counts what comes back."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.errors import CommandError
from cli.programs import require_program

_SCRIPT: Final = Path(__file__).with_name("wrk.lua")
_SLACK_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one run of wrk saw.

    Attributes:
        requests: answered.
        seconds: that it took.
        p50_ms, p99_ms: latency, from a request to the end of its answer.
        refused: of the answered, those with a status of 400 or more.
        broken: connections that were not made, broke or timed out.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int

    @property
    def per_second(self) -> float:
        """Right answers a second."""
        return (self.requests - self.refused) / self.seconds

    @property
    def failed(self) -> int:
        """Requests that brought no right answer."""
        return self.refused + self.broken


class Wrk:
    """The program.

    Raises:
        CommandError: it is not installed.
    """

    def __init__(self) -> None:
        self._program = require_program("wrk", package="wrk")

    def load(self, method: str, url: str, *, clients: int, seconds: float) -> Load:
        """Send ``method`` to ``url`` over ``clients`` connections, all of them busy all the time.

        Raises:
            CommandError: wrk failed, or nothing was answered.
        """
        duration = math.ceil(seconds)  # wrk takes whole seconds
        command = [str(self._program), "-t1", f"-c{clients}", f"-d{duration}s", "--timeout", "10s"]
        answer = subprocess.run(
            [*command, "-s", str(_SCRIPT), url, "--", method],
            capture_output=True,
            text=True,
            check=False,
            timeout=duration + _SLACK_SECONDS,
        )
        lines = [line for line in answer.stdout.splitlines() if line.startswith("{")]
        if answer.returncode != 0 or not lines:
            raise CommandError(f"wrk failed on {method} {url}: {answer.stderr.strip() or answer.stdout.strip()}")
        load = Load(**json.loads(lines[-1]))
        if load.requests == 0:
            raise CommandError(f"{method} {url} answered nothing in {duration} s; see its log in the bench folder.")
        return load
