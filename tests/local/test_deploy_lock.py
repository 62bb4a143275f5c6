"""Two deploys at once: the second is told who is at work, and changes nothing."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli import lock
from cli.errors import CommandError
from settings.settings import Settings
from systems.checkout import ROOT
from tests.local.stretch import Stretched
from tests.support import environment_of, local_settings, wait_for

HOLD = """
import os, sys, time
from cli.lock import only_one
from settings.settings import Settings
with only_one(Settings.from_environ(os.environ), "deploy"):
    print("held", flush=True)
    time.sleep(600)
"""
HOLD_STATE = """
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def another(program: str, settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs ``program`` and has said so."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment_of(settings) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == "held\n"
            yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return local_settings(tmp_path / "state")


@pytest.mark.parametrize("command", ["deploy", "plan", "rollback", "destroy"])
def test_the_second_says_who_is_at_work_since_when_within_two_seconds(command: str, settings: Settings) -> None:
    with another(HOLD, settings) as first:
        before = _processor_seconds()
        with Stretched() as watch:
            answer = subprocess.run(
                [sys.executable, "-m", "cli", command],
                cwd=ROOT,
                env=environment_of(settings),
                capture_output=True,
                text=True,
                check=False,
            )
        worked = _processor_seconds() - before
    # Work takes longer beside other tests, and so many times as long as the watch found; to wait does not.
    assert worked < 2
    assert watch.seconds - worked * watch.factor < 2, f"{watch.seconds:.1f} s by the clock, {worked:.1f} s of work"
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert re.search(rf"make deploy of mysfits-test \(process {first.pid} of \S+, since \d\d:\d\d:\d\d\)", line)
    assert "wait for its end" in line
    assert not (settings.state_dir / "daemon.json").exists()


def _processor_seconds() -> float:
    """What the processes that this one has waited for took of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_two_environments_that_synthesise_into_one_folder_cannot_mix(settings: Settings, tmp_path: Path) -> None:
    other = replace(settings, env="blue", state_dir=tmp_path / "other")
    with (
        another(HOLD, settings),
        pytest.raises(CommandError, match=r"make deploy of mysfits-test .* set CDKTF_OUTDIR") as caught,
        lock.only_one(other, "plan"),
    ):
        pass
    assert caught.value.exit_code == 2
    with another(HOLD, settings), lock.only_one(replace(other, out_dir=tmp_path / "elsewhere"), "plan"):
        pass


def test_the_lock_of_a_process_that_was_killed_is_free_at_once(settings: Settings) -> None:
    with another(HOLD, settings) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with lock.only_one(settings, "deploy"):
            pass


def test_the_lock_is_free_after_its_holder_failed(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), lock.only_one(settings, "deploy"):
        raise ZeroDivisionError
    with lock.only_one(settings, "deploy"):
        pass


def test_a_holder_that_has_not_said_its_name_is_another_command(settings: Settings) -> None:
    with lock.only_one(settings, "deploy"):
        for path in (settings.terraform_state.parent / "_deploy-mysfits-test.lock", settings.out_dir / "deploy.lock"):
            path.write_text("")
        with pytest.raises(CommandError, match="Another command is at work"), lock.only_one(settings, "deploy"):
            pass


def test_terraform_of_a_killed_deployer_is_waited_for(settings: Settings) -> None:
    state = settings.terraform_state
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    said: list[str] = []
    with another(HOLD_STATE, settings, str(state)) as terraform:

        def say(text: str) -> None:
            said.append(text)
            terraform.kill()

        lock.wait_for_terraform(state, say=say)
        wait_for(lambda: terraform.poll() is not None, what="it is gone")
    assert said == ["Terraform of an earlier run still works; waiting for its end"]
    lock.wait_for_terraform(state, say=said.append)
    assert len(said) == 1
