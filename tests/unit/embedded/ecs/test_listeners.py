"""What of a task listens beyond loopback is found, also in processes that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from embedded.ecs import listeners
from tests.support import wait_for

LISTEN = (
    "import socket, sys, time; s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET); "
    "s.bind((sys.argv[1], 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)"
)
IN_A_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[tuple[int, int]]:
    """Process group and port of a program that listens."""
    command = [sys.executable, "-c", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as started:
        assert started.stdout is not None
        try:
            yield started.pid, int(started.stdout.readline())
        finally:
            os.killpg(started.pid, signal.SIGKILL)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_no_exposure(address: str) -> None:
    with process(LISTEN, address) as (group, _):
        assert listeners.exposed(group) == ()


def test_every_address_is_found_also_of_a_process_that_it_started() -> None:
    # Bound but never reachable: it listens for a moment on a port that nobody knows.
    with process(IN_A_CHILD, LISTEN, "0.0.0.0") as (group, port):  # noqa: S104 - that is what must be found
        assert listeners.exposed(group) == (f"0.0.0.0:{port}",)
        assert listeners.exposed(group + 1) == ()
    wait_for(lambda: listeners.exposed(group) == (), what="nothing of it is left")


async def test_it_looks_soon_and_then_less_often_until_something_is_found() -> None:
    pauses: list[float] = []
    answers = [(), (), (), (), (), (), (), (), (), ("0.0.0.0:1",)]

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def look(group: int) -> tuple[str, ...]:
        assert group == 7
        return answers[len(pauses) - 1]

    assert await asyncio.wait_for(listeners.wait_until_exposed(7, look=look, sleep=sleep), 5) == ("0.0.0.0:1",)
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])


def test_the_reason_says_where_why_and_what_to_do() -> None:
    text = listeners.reason(("0.0.0.0:8000", ":::8000"))
    assert "listens on 0.0.0.0:8000, :::8000, beyond loopback, where other machines could reach it" in text
    assert "make it listen where HOST and PORT say" in text
