"""Work that mostly waits, begun when the unit tests are over, so that other tests run meanwhile.

The AWS provider sleeps 60 s for a load balancer. A test that needs a deploy of its own puts it into a function and is
marked with ``@pytest.mark.ahead(work=function)``; ``ahead.result(function)`` then waits for what is still missing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil
import pytest

from embedded import state

T = TypeVar("T")

_THREADS: Final = 2  # each waits for a process; more deploys at once make what is timed beside them fail


class Ahead:
    """Runs functions in threads, each once a session, and ends what they left under way."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        tmp_path_factory.getbasetemp()  # made now: threads that ask for it first, at once, would each make one
        self._new_folder = tmp_path_factory.mktemp
        self._folders: list[Path] = []
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="ahead")
        self._begun: dict[Callable[..., Any], Future[Any]] = {}
        self._seen: set[tuple[str, str]] = set()

    def is_new(self, part: str, tier: str) -> bool:
        """Whether this is the first test of its part and tier."""
        before = len(self._seen)
        self._seen.add((part, tier))
        return len(self._seen) > before

    def begin(self, work: Callable[[Ahead], Any]) -> None:
        """Start ``work`` unless that was done before."""
        if work not in self._begun:
            self._begun[work] = self._pool.submit(work, self)

    def result(self, work: Callable[[Ahead], T]) -> T:
        """What ``work`` returns, or raises; waits for its end."""
        self.begin(work)
        result: T = self._begun[work].result()
        return result

    def state_dir(self, name: str) -> Path:
        """A new state folder. Whatever uses it when the session ends is killed then."""
        folder = self._new_folder(name)
        self._folders.append(folder)
        return folder

    def end(self) -> None:
        """Kill commands and embedded AWSs that still run, as after Ctrl-C, until all work has ended."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        while self._kill() or not all(future.done() for future in self._begun.values()):
            time.sleep(0.05)

    def _kill(self) -> int:
        folders = {str(folder) for folder in self._folders}
        found = [process for process in psutil.process_iter() if _folders_of(process) & folders]
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return len(psutil.wait_procs(found, timeout=10)[0])


def _folders_of(process: psutil.Process) -> set[str]:
    """State folders that a process was started with."""
    try:
        environ = {} if process.status() == psutil.STATUS_ZOMBIE else process.environ()
    except psutil.Error:
        return set()
    return {environ.get(name, "") for name in ("STATE_DIR", state.MARKER)}
