"""Run a program that dies with the process that started it: ``python tether.py PARENT_PID PROGRAM ARGUMENT...``.

A script of its own because the alternative, code between fork and exec, may deadlock in a parent that has threads.
Linux alone can do this (PR_SET_PDEATHSIG); elsewhere the program is run all the same and its parent has to end it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """``command``, made to die with this process however that ends."""
    program = shutil.which(command[0]) or command[0]
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), program, *command[1:]]


def main(arguments: list[str]) -> None:
    """Become the program named in ``arguments``; does not return."""
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the parent process ended before the program could start")
    os.execv(program[0], program)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
