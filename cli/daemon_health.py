"""What is wrong with the embedded AWS itself, for ``make status``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from embedded import state
from embedded.code_version import code_version
from embedded.control_client import ControlError, ask
from systems.checkout import ROOT

LABEL: Final = "Warning"
OUTDATED: Final = "the embedded AWS runs code from before this checkout was updated; make deploy restarts it"


def warning_rows(state_dir: Path) -> list[tuple[str, str]]:
    """Make a row of the status table for each trouble of the embedded AWS of this state folder.

    Returns:
        Pairs of ``LABEL`` and a sentence; none when all is well or none runs.
    """
    running = state.read(state_dir)
    if running is None:
        return []
    try:
        answer: Mapping[str, Any] = ask(Path(running.control_socket), "GET", "/status")
    except ControlError as problem:
        return [(LABEL, str(problem))]
    found = troubles(answer, log=state_dir / "daemon.log")
    if running.code_version != code_version(ROOT):
        found.append(OUTDATED)
    return [(LABEL, text) for text in found]


def troubles(status: Mapping[str, Any], *, log: Path) -> list[str]:
    """Describe what went wrong.

    Args:
        status: the control socket's answer to ``GET /status``.
        log: file with the details.

    Returns:
        A sentence for each loop that was started again, and each warning.
    """
    loops = [
        f"{loop['name']} failed {_times(loop['restarts'])} and was started again; last: {loop['last_error']} ({log})"
        for loop in status["loops"]
        if loop["restarts"]
    ]
    return [*loops, *status["warnings"]]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
