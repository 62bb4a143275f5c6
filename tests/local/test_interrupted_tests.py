"""Ctrl-C to tests that several processes share ends all of them, those that have no more tests too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import psutil

from systems.checkout import ROOT
from tests.support import wait_for

_CONFTEST: Final = """
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if hasattr(config, "workerinput"):
        (HERE / "finished").touch()


@pytest.fixture
def cleaned():
    yield
    time.sleep(1)  # meanwhile the main process passes on the Ctrl-C that the terminal has sent already
    (HERE / "cleaned").touch()
"""
_LONG: Final = """
import time
from pathlib import Path


def test_that_waits(cleaned):
    (Path(__file__).parent / "waits").touch()
    time.sleep(600)
"""
_SHORT: Final = """
def test_that_is_over_at_once():
    pass
"""


def test_processes_without_tests_end_with_the_others(tmp_path: Path) -> None:
    files = {
        "conftest.py": _CONFTEST,
        "test_long.py": _LONG,
        "test_short.py": _SHORT,
        "pytest.ini": "[pytest]\naddopts = -p no:asyncio\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "tests.interrupts", "-c", str(tmp_path / "pytest.ini")]
    divided = ["--numprocesses", "2", "--dist", "loadfile", str(tmp_path)]
    with subprocess.Popen([*command, *divided], cwd=ROOT, stdout=subprocess.DEVNULL, process_group=0) as run:
        children: list[psutil.Process] = []
        try:
            seen = [tmp_path / "waits", tmp_path / "finished"]
            wait_for(lambda: all(path.exists() for path in seen), what="one process at work, one without tests")
            children = psutil.Process(run.pid).children()
            assert len(children) == 2
            os.killpg(run.pid, signal.SIGINT)  # as a terminal does
            assert run.wait(60) == 2
        finally:
            left = [child for child in children if child.is_running()]
            for child in left:
                child.kill()
            run.kill()
    assert left == []
    assert (tmp_path / "cleaned").exists()
