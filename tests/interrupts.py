"""Ctrl-C and its like let every process that runs tests clean up before it ends: a plugin of pytest's."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import Final

import psutil
import pytest

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_SECONDS: Final = 5.0
_interrupted = pytest.StashKey[bool]()


class _InterruptsOnce:
    """A terminal's Ctrl-C comes to every process, and once more from xdist's main process: that is the same one."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        is_same, self._last = now - self._last < _SAME_SECONDS, now
        if not is_same:
            signal.default_int_handler(number, frame)


def pytest_sessionstart() -> None:
    """Whatever ends the tests lets them clean up.

    A shell that runs the tests in the background ignores Ctrl-C, and whatever they start would inherit that.
    """
    handler = _InterruptsOnce() if "PYTEST_XDIST_WORKER" in os.environ else signal.default_int_handler
    for number in _SIGNALS:
        signal.signal(number, handler)


@pytest.hookimpl(tryfirst=True)  # xdist would kill them after some seconds
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Let the processes among which the tests are divided clean up, too, when this one is interrupted."""
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    session.config.stash[_interrupted] = interrupted
    if interrupted and session.config.pluginmanager.has_plugin("dsession"):
        workers = psutil.Process().children()
        for worker in workers:
            worker.send_signal(signal.SIGINT)
        psutil.wait_procs(workers)  # as long as it takes, as in one process; another Ctrl-C ends that


def pytest_unconfigure(config: pytest.Config) -> None:
    """End such a process once it has cleaned up; it would wait for more tests."""
    if hasattr(config, "workerinput") and config.stash.get(_interrupted, False):
        os._exit(pytest.ExitCode.INTERRUPTED)
