"""A service as ECS runs it: ``python -m services.<name>`` with its settings in the environment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from tests.support import wait_for

ROOT = Path(__file__).parents[3]


FULFILL_KEY: Final = "key-of-the-tests-0123456789-abcdefgh"
_CALLER: Final = {"FULFILL_KEY": FULFILL_KEY}
FULFILL_ENVIRON: Final = {"monolith": {"FULFILL_KEYS": FULFILL_KEY}, "like": _CALLER, "adopt": _CALLER}
"""What each service is told of the key unless a test says otherwise."""


def status_of(answer: bytes) -> int:
    """Status of a raw HTTP answer."""
    return int(answer.split(b" ", 2)[1])


class ServiceProcess:
    """One started process, its output parsed line by line as it comes."""

    def __init__(self, name: str, environ: dict[str, str]) -> None:
        self.name = name
        self._lines: list[str] = []
        defaults = {"HOST": "127.0.0.1", "PORT": "0", "SHUTDOWN_GRACE_SECONDS": "0.2", **FULFILL_ENVIRON[name]}
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "services", name],
            cwd=ROOT,
            env={**os.environ, **defaults, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as output:
            self._lines.extend(output)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    @property
    def logged(self) -> list[dict[str, Any]]:
        """Every line so far; fails on one that is not JSON."""
        return [json.loads(line) for line in list(self._lines)]

    def messages(self) -> list[str]:
        """The messages so far."""
        return [line["message"] for line in self.logged]

    def wait_until_serving(self) -> None:
        """Wait for readiness."""
        wait_for(self._ready, what=f"{self.name} serves; it logged {self._lines}")

    def _ready(self) -> bool:
        assert self._popen.poll() is None, f"{self.name} ended with {self._popen.returncode}: {self._lines}"
        if "Serving." not in self.messages():
            return False
        with contextlib.suppress(OSError):
            return self.ask(b"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
        return False

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        serving = next(line for line in self.logged if line["message"] == "Serving.")
        return serving["host"], serving["port"]

    @property
    def netloc(self) -> str:
        """host:port."""
        return "{}:{}".format(*self.address)

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        return socket.create_connection(self.address, timeout=20)

    def ask(self, request: bytes) -> bytes:
        """Send bytes and return all that comes until the other side closes."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):  # it may answer and close before it has read everything
                connection.sendall(request)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := connection.recv(65_536):
                    answer += chunk
            return answer

    def terminate(self) -> None:
        """SIGTERM."""
        self._popen.send_signal(signal.SIGTERM)

    def wait(self, *, timeout_seconds: float = 20.0) -> int:
        """Exit status, after all output was read."""
        status = self._popen.wait(timeout_seconds)
        self._reader.join(timeout_seconds)
        return status

    def kill(self) -> None:
        """End it, whatever it does."""
        if self._popen.poll() is None:
            self._popen.kill()
        self.wait()
