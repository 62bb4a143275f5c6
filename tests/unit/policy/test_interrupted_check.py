"""Ctrl-C in make check: what a check waits for is ended, so that nobody waits for minutes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Any, Final

import pytest

from policy import command_line
from policy.checks import Check
from policy.findings import Result

PROGRAM: Final = ("sleep", "30")
"""Ends well when nobody ends it."""


def test_all_programs_of_a_check_end_with_it_and_no_other_check_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    ended: list[int] = []
    both_run = threading.Barrier(2, timeout=30)

    def check(title: str) -> Check:
        def run(_: object) -> Result:
            begun.append(title)
            with subprocess.Popen(PROGRAM) as program:
                if both_run.wait() == 0:
                    os.kill(os.getpid(), signal.SIGINT)
                ended.append(program.wait())
            with subprocess.Popen(PROGRAM) as another:
                ended.append(another.wait())
            return Result(examined="nothing")

        return Check(title=title, run=run)

    everything = command_line._programs  # which would end what other tests of this process have started, too
    monkeypatch.setattr(command_line, "_programs", lambda: [one for one in everything() if one.name() == PROGRAM[0]])
    examination: Any = None
    with pytest.raises(KeyboardInterrupt):
        command_line._run([check(title) for title in ("one", "two", "three", "four")], examination)
    assert ended == [-signal.SIGKILL] * 4
    assert sorted(begun) == ["one", "two"]
