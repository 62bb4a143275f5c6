"""Ctrl-C and other signals: a command ends with one line, after Terraform has finished what it has begun."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

MESSAGE: Final = "Interrupted; run the same command again to continue from what is there."

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_REQUEST_SECONDS: Final = 1.0
"""Signals within this time are one request: a terminal signals make and this process, and make passes SIGTERM on."""


class Interrupted(KeyboardInterrupt):
    """The command was asked to end by signal ``number``.

    Attributes:
        exit_code: the shell's for that signal, such as 130.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def listen(clock: Callable[[], float] = time.monotonic) -> None:
    """Make Ctrl-C, SIGTERM and a closed terminal raise ``Interrupted`` where the command is.

    A signal that this process was started to ignore, as by nohup, stays ignored.
    """
    last = float("-inf")

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal last
        before, last = last, clock()
        if last - before >= _SAME_REQUEST_SECONDS:
            raise Interrupted(number)

    for number in _heeded():
        signal.signal(number, interrupt)


def end_at_once() -> None:
    """Let a signal end this process as it ends any other: it has done its work, and only Python's own end is left."""
    for number in _heeded():
        signal.signal(number, signal.SIG_DFL)


def ignore() -> None:
    """Let no further signal disturb the end of this process."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def follow_to_the_end(process: subprocess.Popen[str], read: Callable[[], None], *, say: Callable[[str], None]) -> None:
    """Call ``read``, which returns when ``process`` has written its last line, and wait for the process to end.

    The process must lead a process group of its own. However often this command is interrupted, it gets one SIGINT:
    Terraform finishes what is under way and writes its state after the first, and loses that at the second.

    Raises:
        Interrupted: the command was interrupted; the process has ended all the same.
    """
    asked: list[int] = []
    noticed = threading.Event()

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if not asked and process.poll() is None:
            process.send_signal(signal.SIGINT)
        asked.append(number)
        noticed.set()

    def announce() -> None:  # in a thread: a signal handler may have interrupted the very console it would write to
        noticed.wait()
        if asked:
            say("Interrupted; Terraform finishes what it has begun …")

    announcer = threading.Thread(target=announce, name="interrupts", daemon=True)
    announcer.start()
    with _handled_by(pass_on):
        read()
        process.wait()
    noticed.set()
    announcer.join()
    if asked:
        raise Interrupted(asked[0])


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _heeded()}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _heeded() -> list[signal.Signals]:
    return [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
