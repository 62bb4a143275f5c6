"""The embedded AWS of a checkout: one whoever starts it, and never with old code once the checkout was updated."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from embedded import state
from settings.settings import Settings
from tests.copied_checkout import copy_checkout
from tests.support import environment_of, local_settings

_ENSURE_RUNNING = """
import os
import sys
from cli import local
from cli.progress import Progress
from settings.settings import Settings

restarts = sys.argv[1] == "restarts"
print(local.ensure_running(Settings.from_environ(os.environ), Progress(), restarts=restarts).pid)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the commands and the embedded AWS need of this checkout."""
    return copy_checkout(tmp_path / "checkout")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = local_settings(tmp_path / "state")
    yield settings
    state.kill_processes(settings.state_dir)


def ensure_running(checkout: Path, settings: Settings, *, restarts: bool = True) -> tuple[int, str]:
    """Process id of the embedded AWS, and what was said on standard error."""
    environ = {**environment_of(settings), "PYTHONPATH": os.fspath(checkout)}
    command = [sys.executable, "-c", _ENSURE_RUNNING, "restarts" if restarts else "reads only"]
    answer = subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=True)
    return int(answer.stdout), answer.stderr


def test_an_updated_checkout_restarts_its_embedded_aws_and_an_unchanged_one_does_not(
    checkout: Path, settings: Settings
) -> None:
    first, _ = ensure_running(checkout, settings)
    assert ensure_running(checkout, settings)[0] == first
    with (checkout / "embedded" / "daemon.py").open("a") as source:
        source.write("\n# edited while it runs\n")
    left, said = ensure_running(checkout, settings, restarts=False)
    assert left == first, "a command that only reads, as make plan, interrupts nothing"
    assert "make deploy restarts it" in said
    second, said = ensure_running(checkout, settings)
    assert second != first
    assert "restarting it with the new code" in said
    assert ensure_running(checkout, settings)[0] == second


def test_two_that_start_it_at_once_get_the_same_one(checkout: Path, settings: Settings) -> None:
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: ensure_running(checkout, settings), range(2)))
    assert len({pid for pid, _ in answers}) == 1
    assert state.read(settings.state_dir) is not None


def test_the_embedded_aws_counts_among_the_processes_of_its_state_folder(checkout: Path, settings: Settings) -> None:
    pid, _ = ensure_running(checkout, settings)
    assert pid in {process.pid for process in state.processes(settings.state_dir)}
