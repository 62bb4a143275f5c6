"""Synthesis of many stacks in one process, which loads CDKTF and its Node once.

As a program it reads settings from stdin, a line of JSON for each stack, and answers each with an empty line when that
is done. ``main.py`` itself has tests of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO, cast

from settings.settings import Settings
from stacks.synthesis import synthesise
from systems.checkout import ROOT


class Synthesiser:
    """Such a process."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "tests.terraform.synthesiser"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._one_at_a_time = threading.Lock()

    def synthesise(self, settings: Mapping[str, str]) -> None:
        """Write the stack of these settings."""
        with self._one_at_a_time:
            stdin, stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
            stdin.write(f"{json.dumps(dict(settings))}\n")
            stdin.flush()
            assert stdout.readline() == "\n", "synthesis says nothing when all is well"

    def end(self) -> None:
        """End it."""
        self._process.communicate()
        assert self._process.returncode == 0


def main() -> None:
    """Synthesise what stdin asks for until it ends."""
    for line in sys.stdin:
        synthesise(Settings.from_environ(json.loads(line)))
        print(flush=True)


if __name__ == "__main__":
    main()
