"""Signals: one exception for one wish, and one signal to what Terraform has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from cli import interrupts
from tests.support import wait_for

_COUNTS_INTERRUPTS = """
import signal, sys
count = 0
def note(*_):
    global count
    count += 1
    print("noted", flush=True)
signal.signal(signal.SIGINT, note)
print("up", flush=True)
for line in sys.stdin:
    break
print(f"interrupts: {count}", flush=True)
"""


pytestmark = pytest.mark.usefixtures("handlers_as_before")


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_interrupts_with_the_shells_exit_code(number: signal.Signals, exit_code: int) -> None:
    interrupts.listen()
    with pytest.raises(interrupts.Interrupted) as caught:
        os.kill(os.getpid(), number)
    assert caught.value.exit_code == exit_code


def test_the_same_wish_twice_interrupts_once_and_a_later_one_again() -> None:
    now = 100.0
    interrupts.listen(clock=lambda: now)
    with pytest.raises(interrupts.Interrupted):
        os.kill(os.getpid(), signal.SIGTERM)
    now += 0.9
    os.kill(os.getpid(), signal.SIGTERM)
    now += 1.0
    with pytest.raises(interrupts.Interrupted):
        os.kill(os.getpid(), signal.SIGINT)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts.listen()
    os.kill(os.getpid(), signal.SIGHUP)


def test_a_followed_process_gets_one_signal_and_is_read_to_its_end() -> None:
    interrupts.listen()
    lines: list[str] = []
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", _COUNTS_INTERRUPTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:

        def read() -> None:
            assert process.stdin is not None
            for line in process.stdout or ():
                lines.append(line.strip())
                if line.startswith("up"):
                    os.kill(os.getpid(), signal.SIGINT)
                    os.kill(os.getpid(), signal.SIGTERM)
                    wait_for(lambda: said, what="the interrupt is announced")
                if line.startswith("noted"):
                    process.stdin.write("\n")
                    process.stdin.flush()

        with pytest.raises(interrupts.Interrupted) as caught:
            interrupts.follow_to_the_end(process, read, say=said.append)
    assert caught.value.exit_code == 130
    assert lines == ["up", "noted", "interrupts: 1"]
    assert said == ["Interrupted; Terraform finishes what it has begun …"]


def test_an_undisturbed_process_says_nothing() -> None:
    said: list[str] = []
    began = time.monotonic()
    with subprocess.Popen(["true"], stdout=subprocess.PIPE, text=True, process_group=0) as process:
        interrupts.follow_to_the_end(process, lambda: None, say=said.append)
    assert said == []
    assert time.monotonic() - began < 5


def test_after_the_first_no_signal_disturbs_the_end() -> None:
    interrupts.listen()
    interrupts.ignore()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)


def test_a_process_that_has_ended_already_gets_no_signal_and_the_handlers_are_as_before() -> None:
    interrupts.listen()
    before = signal.getsignal(signal.SIGTERM)
    with subprocess.Popen(["true"], stdout=subprocess.PIPE, text=True, process_group=0) as process:

        def read() -> None:
            process.wait()
            os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(interrupts.Interrupted) as caught:
            interrupts.follow_to_the_end(process, read, say=lambda _: None)
    assert (caught.value.exit_code, process.returncode) == (143, 0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_terraform_gets_the_first_signal_only_however_slowly_they_come() -> None:
    """At a second one Terraform would lose its state."""

    class Terraform:
        def __init__(self) -> None:
            self.got: list[int] = []

        def poll(self) -> None:
            return None

        def send_signal(self, number: int) -> None:
            self.got.append(number)

        def wait(self) -> None:
            for number in (signal.SIGHUP, signal.SIGINT):
                os.kill(os.getpid(), number)

    terraform: Any = Terraform()
    with pytest.raises(interrupts.Interrupted) as caught:
        interrupts.follow_to_the_end(terraform, lambda: os.kill(os.getpid(), signal.SIGTERM), say=lambda _: None)
    assert (terraform.got, caught.value.exit_code) == ([signal.SIGINT], 143)
