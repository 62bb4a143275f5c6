"""The AWS provider as one process that serves every Terraform command of a run.

Terraform by itself starts the provider four times for an apply and hashes its 700 MB with every command, which together
takes longer than what a phase of a walk changes. It offers this for debugging (``-debug``, TF_REATTACH_PROVIDERS); here
it serves the embedded AWS only. Source: "Debugging providers" in Terraform's documentation of plugin development.
Between the two stands cli/schema_proxy.py, which keeps to itself what the stack does not use of the provider's schema.
"""

from __future__ import annotations

import atexit
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from embedded import session_priority
from systems.checkout import ROOT

ATTACH: Final = re.compile(r"^\s*TF_REATTACH_PROVIDERS='(?P<value>.+)'\s*$")
READS: Final = "reads"
"""Folder of links to what is read for names of types, in the folder that provider and proxy share."""
_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 5.0
_QUIET: Final = dict.fromkeys(
    ("TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_AWS", "TF_LOG_SDK", "TF_LOG_SDK_PROTO"), "OFF"
)
"""Under ``-debug`` the provider writes thousands of lines for every command unless this is set."""


class KeptProvider:
    """The provider ``program``, serving the stack in ``stack_dir``. It starts at once and ends with this process.

    ``reads`` are files and folders that name every type which Terraform will ask for; they are read for each command.
    Without any, Terraform gets the whole schema.
    """

    def __init__(self, program: Path, *, stack_dir: Path, environ: Mapping[str, str], reads: Iterable[Path]) -> None:
        # Not beside the stack: the path of a socket has about 100 characters at most. The proxy removes it, too, since
        # this process may be killed.
        self._home = tempfile.TemporaryDirectory(prefix="provider-")
        self._links = itertools.count()
        (Path(self._home.name) / READS).mkdir()
        for path in reads:
            self.read_also(path)
        proxy = [sys.executable, "-m", "cli.schema_proxy", self._home.name, str(stack_dir.resolve()), str(program)]
        self._process = subprocess.Popen(
            proxy,
            cwd=ROOT,
            env={**environ, **_QUIET, "TMPDIR": self._home.name},
            stdin=subprocess.PIPE,  # closed however this process ends, and with it the provider
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A session of its own: at Ctrl-C Terraform finishes what is under way and needs its provider for that.
            start_new_session=True,
            text=True,
            errors="replace",
        )
        session_priority.set_niceness(self._process.pid, session_priority.niceness(os.getpid()))
        self._said = threading.Event()
        self._attach: dict[str, str] = {}
        threading.Thread(target=self._listen, name="provider", daemon=True).start()
        atexit.register(self.end)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def read_also(self, path: Path) -> None:
        """Read this file or folder, too, from the next command on."""
        (Path(self._home.name) / READS / str(next(self._links))).symlink_to(path.resolve())

    def end(self) -> None:
        """End it now."""
        self._process.terminate()  # it ends the provider, and then itself
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._home.cleanup()

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
            if found := ATTACH.match(line):
                self._attach = {"TF_REATTACH_PROVIDERS": found["value"]}
                self._said.set()
        self._said.set()
