"""Deploys that are killed in a phase, as the events that they write tell it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from cli.events import PhaseEvent
from tests.support import wait_for


def kill_in_every_phase(
    start: Callable[[], subprocess.Popen[str]],
    events: Path,
    *,
    then: Callable[[str], None],
) -> tuple[list[str], int, str]:
    """SIGKILL a deploy in a phase of it, let another one go on until one that was not killed yet, and so on.

    What is published and seeded first is there already, and takes no time in which to be killed.

    Args:
        start: starts a deploy that writes ``events`` anew.
        events: file of one deploy's events.
        then: is told each phase after its kill.

    Returns:
        In which phases, in order: the reason of an apply, the kind of others; exit code of the deploy that came to its
        end, and what it said.
    """
    phases: list[str] = []
    while True:
        process = start()
        phase = cut_off(process, events, lambda begun: begun not in phases)
        if phase is None:
            out, err = process.communicate()
            return phases, process.returncode, out + err
        phases.append(phase)
        then(phase)


def cut_off(process: subprocess.Popen[str], events: Path, chosen: Callable[[str], bool]) -> str | None:
    """Kill a deploy, with all that it started in its session, in the first phase that is chosen.

    Returns:
        That phase; None for a deploy that ended before.
    """
    phase = None
    try:
        phase = first_phase(chosen, events, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return phase


def first_phase(chosen: Callable[[str], bool], events: Path, process: subprocess.Popen[str]) -> str | None:
    """Wait until a phase that is chosen has begun.

    Returns:
        The phase; None when the deploy is over.
    """

    def look() -> tuple[str | None] | None:
        phase = next(filter(chosen, _begun(events)), None)
        return (phase,) if phase or process.poll() is not None else None

    (found,) = wait_for(look, what="a phase to be killed in", timeout_seconds=180)
    return found


def _begun(events: Path) -> list[str]:
    """The phases that have begun, by what is done in them, whoever it is done to."""
    lines = events.read_text(encoding="utf-8").splitlines() if events.is_file() else []
    found = [PhaseEvent.parse(line) for line in lines if line.endswith("}")]
    return [one.why or one.kind for one in found if one.event == "begin" and one.kind not in {"publish", "seed"}]
