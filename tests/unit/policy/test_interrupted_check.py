"""Ctrl-C in make check: what a check waits for is ended, so that nobody waits for minutes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from policy import command_line
from policy.checks import Check
from policy.findings import Result


def test_the_programs_of_a_check_end_with_it_and_no_other_check_is_begun() -> None:
    begun: list[str] = []
    ended: list[int] = []

    def check(title: str) -> Check:
        def run(_: object) -> Result:
            begun.append(title)
            with subprocess.Popen(["sleep", "600"]) as program:
                if len(begun) == 2:
                    os.kill(os.getpid(), signal.SIGINT)
                ended.append(program.wait())
            return Result(examined="nothing")

        return Check(title=title, run=run)

    examination: Any = None
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        command_line._run([check(title) for title in ("one", "two", "three", "four")], examination)
    assert ended == [-signal.SIGKILL] * 2
    assert begun == ["one", "two"]
    assert time.monotonic() - began < 60
