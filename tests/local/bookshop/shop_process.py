"""A service of the bookshop as its Dockerfile starts it, with this environment's packages."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from dockerfile_parse import DockerfileParser

from systems.service import Service
from tests.support import quiet_ports, wait_for

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class ShopProcess:
    """A started process and where it listens."""

    popen: subprocess.Popen[bytes]
    url: str

    @classmethod
    @contextlib.contextmanager
    def running(cls, service: Service, environ: Mapping[str, str]) -> Iterator[ShopProcess]:
        """It serves; killed at the end if it was not stopped."""
        (port,) = quiet_ports(1)
        root = ROOT / service.image.root
        command = DockerfileParser(str(root / service.image.dockerfile)).cmd
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        popen = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=root,
            env={"PATH": path, "HOST": "127.0.0.1", "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1", **environ},
            start_new_session=True,
        )
        process = cls(popen, f"http://127.0.0.1:{port}")
        try:
            wait_for(process._serves, what=f"{service.name} serves")
            yield process
        finally:
            # Its workers too: hypercorn's outlive a parent that is killed.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(popen.pid, signal.SIGKILL)
            popen.wait(10)

    def _serves(self) -> bool:
        assert self.popen.poll() is None, f"it ended with {self.popen.returncode}"
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return requests.get(self.url, timeout=5).status_code == 200
        return False

    def get(self, path: str) -> requests.Response:
        """GET."""
        return requests.get(self.url + path, timeout=30)

    def post(self, path: str, body: object, *, key: str = "") -> requests.Response:
        """POST of JSON with an Idempotency-Key, if there is one."""
        headers = {"Idempotency-Key": key} if key else {}
        return requests.post(self.url + path, json=body, headers=headers, timeout=30)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(40)
