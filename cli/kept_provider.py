"""The AWS provider as one process that serves every Terraform command of a run.

Terraform by itself starts the provider four times for an apply and hashes its 700 MB with every command, which together
takes longer than what a phase of a walk changes. It offers this for debugging (``-debug``, TF_REATTACH_PROVIDERS); here
it serves the embedded AWS only. Source: "Debugging providers" in Terraform's documentation of plugin development.
"""

from __future__ import annotations

import atexit
import re
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from embedded.tether import tethered

_START_SECONDS: Final = 30.0
_ATTACH: Final = re.compile(r"^\s*TF_REATTACH_PROVIDERS='(?P<value>.+)'\s*$")
_QUIET: Final = dict.fromkeys(
    ("TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_AWS", "TF_LOG_SDK", "TF_LOG_SDK_PROTO"), "OFF"
)
"""Under ``-debug`` the provider writes thousands of lines for every command unless this is set."""


class KeptProvider:
    """The provider ``program``, serving the stack in ``stack_dir``. It starts at once and ends with this process."""

    def __init__(self, program: Path, *, stack_dir: Path, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            tethered([str(program), "-debug"]),
            cwd=stack_dir,  # as Terraform would: its configuration names a file beside the stack
            env={**environ, **_QUIET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A session of its own: at Ctrl-C Terraform finishes what is under way and needs its provider for that.
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._said = threading.Event()
        self._attach: dict[str, str] = {}
        threading.Thread(target=self._listen, name="provider", daemon=True).start()
        atexit.register(self.end)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def end(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()

    def attach(self) -> dict[str, str]:
        """Wait until the provider has started or has failed.

        Returns:
            Environment variables that make Terraform use it; none when it failed, so that Terraform starts its own.
        """
        self._said.wait(_START_SECONDS)
        return self._attach if self._process.poll() is None else {}

    def _listen(self) -> None:
        """Read how to attach, then drop the rest: what the provider says of its calls may have secrets in it."""
        for line in self._process.stdout or ():
            if found := _ATTACH.match(line):
                self._attach = {"TF_REATTACH_PROVIDERS": found["value"]}
                self._said.set()
        self._said.set()
