"""How commands find a running embedded AWS: a small file in the state folder, and its processes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import psutil

from embedded.private_folders import replace_private

MARKER: Final = "EMBEDDED_AWS_STATE_DIR"
"""Variable in the environment of every process that belongs to a state folder."""


@dataclass(frozen=True, kw_only=True)
class DaemonState:
    """The running embedded AWS.

    Attributes:
        pid: process id.
        control_plane_id: of the records it has; what was deployed under another one is gone.
        started_at: seconds since the epoch, as the operating system told the process's start then.
        booted_at: seconds since the epoch, as it told the machine's start then; 0 when it is of a version that did not
            ask. What the two differ by stays the same when the clock is set.
        control_socket: path of the Unix socket that ``embedded.control`` serves.
        region: of its API; empty when it is of a version that did not tell.
        afresh_because: why the records of an earlier start are gone, if there were any that could not be read.
        code_version: ``embedded.code_version`` of the sources it was started from.
    """

    pid: int
    control_plane_id: str
    started_at: float
    aws_port: int
    region: str = ""
    control_socket: str = ""
    afresh_because: str = ""
    code_version: str = ""
    booted_at: float = 0.0

    def is_process(self, process: psutil.Process) -> bool:
        """Whether that process wrote this, and no later one that got its number."""
        if not self.booted_at:
            return abs(process.create_time() - self.started_at) < 1
        after_boot = process.create_time() - psutil.boot_time()
        return abs(after_boot - (self.started_at - self.booted_at)) < _SAME_SECONDS


_SAME_SECONDS: Final = 2.5
"""Linux tells the machine's start in whole seconds, and both are asked one after the other, twice."""


def _file(state_dir: Path) -> Path:
    return state_dir / "daemon.json"


def write(state_dir: Path, state: DaemonState) -> None:
    """Replace the file atomically."""
    replace_private(_file(state_dir), json.dumps(asdict(state)).encode())


def read(state_dir: Path) -> DaemonState | None:
    """The running embedded AWS of this state folder, or None when there is none."""
    try:
        written = json.loads(_file(state_dir).read_text(encoding="utf-8"))
        known = {field.name for field in fields(DaemonState)}  # one of a newer checkout may have written more
        state = DaemonState(**{name: value for name, value in written.items() if name in known})
        process = psutil.Process(state.pid)
        alive = state.is_process(process) and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, TypeError, AttributeError, psutil.Error):
        return None
    return state if alive else None


def control_socket(state_dir: Path) -> Path:
    """The control socket of the embedded AWS that runs; where none runs, one that nobody answers."""
    running = read(state_dir)
    return Path(running.control_socket) if running is not None else state_dir / "control.sock"


def remove(state_dir: Path) -> None:
    """Delete the file."""
    _file(state_dir).unlink(missing_ok=True)


def processes(state_dir: Path) -> list[psutil.Process]:
    """Every process of this user that belongs to the state folder, the caller's own excepted."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.pid != psutil.Process().pid and process.environ().get(MARKER) == str(state_dir)
        except psutil.Error:
            continue
        if mine:
            found.append(process)
    return found


def kill_processes(state_dir: Path) -> int:
    """SIGKILL what a crashed embedded AWS left running; how many processes that were."""
    left = processes(state_dir)
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=5)
    return len(left)
