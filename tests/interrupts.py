"""Ctrl-C and its like let every process that runs tests clean up before it ends: a plugin of pytest's."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from types import FrameType
from typing import Final

import psutil
import pytest

_PASSED_ON: Final = signal.SIGTERM
"""What the main process sends to those that run the tests; a terminal sends another signal."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGHUP, _PASSED_ON)


class _Interrupts:
    """How a process that runs tests for xdist's main process takes signals, from its start to its end.

    A terminal's Ctrl-C comes to every process, and once more from the main process: that is the same one. One that
    comes while a process cleans up would break that off, as a second Ctrl-C should and the same one should not.
    """

    def __init__(self) -> None:
        self._interrupted = False
        self._over = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._over:
            _end()
        is_same, self._interrupted = self._interrupted and number == _PASSED_ON, True
        if not is_same:
            signal.default_int_handler(number, frame)

    def tests_are_over(self) -> None:
        """From now on there is nothing to clean up. Whoever is interrupted ends; it would wait for more tests."""
        self._over = True
        if self._interrupted:
            _end()


_interrupts = _Interrupts()


def _end() -> None:
    os._exit(pytest.ExitCode.INTERRUPTED)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whatever ends the tests lets them clean up.

    A shell that runs the tests in the background ignores Ctrl-C, and whatever they start would inherit that.
    """
    handler = _interrupts if _runs_for_another(session.config) else signal.default_int_handler
    for number in _SIGNALS:
        signal.signal(number, handler)


def _runs_for_another(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """xdist takes what is raised here for the end of the tests, and goes on."""
    try:
        return (yield)
    finally:
        if _runs_for_another(config):
            _interrupts.tests_are_over()


@pytest.hookimpl(tryfirst=True)  # xdist would kill them after some seconds
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Let the processes among which the tests are divided clean up, too, when this one is interrupted."""
    if exitstatus == pytest.ExitCode.INTERRUPTED and session.config.pluginmanager.has_plugin("dsession"):
        workers = psutil.Process().children()
        for worker in workers:
            worker.send_signal(_PASSED_ON)
        psutil.wait_procs(workers)  # as long as it takes, as in one process; another Ctrl-C ends that
