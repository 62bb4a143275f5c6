"""Walking: the deployer, run once for each hop, and what its progress lines tell."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psutil

from stacks.settings import ROOT

_LINE: Final = re.compile(r"^\s*\d+\.\d s  (?P<text>\S.*)$")
_NICE: Final = 2
_INTERRUPT_SECONDS: Final = 120.0
_STEP_BEGINS: Final = " …"
_PHASES: Final = ("Apply ", "Watching ")
"""Steps that change where requests go; the others prepare or look."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """When a phase began, in monotonic seconds, and which."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One deploy, from ``began`` to ``ended`` in monotonic seconds.

    Attributes:
        start: stage before, empty when unknown.
        goal: stage asked for.
        exit_code: of the deployer.
        marks: its phases.
        complaint: the deployer's last lines, when it failed.
    """

    start: str
    goal: str
    began: float
    ended: float
    exit_code: int
    marks: tuple[Mark, ...] = ()
    complaint: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


class Deployer(Protocol):
    """Brings the target to a stage; returns what happened, failure included."""

    def __call__(self, start: str, goal: str) -> Hop:
        """From ``start`` (empty: whatever stands there) to ``goal``."""


def _yield_cpu(pid: int) -> None:
    """Lower the priority of a session's leader, and of the session's scheduling group where the kernel has them."""
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process(pid).nice(_NICE)
        # With autogroups, niceness counts within a session only, and that of the group stands here.
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICE), encoding="ascii")


def phase_of(line: str) -> str | None:
    """The phase that a progress line of the deployer announces, or None."""
    match = _LINE.match(line)
    if match is None or not match["text"].endswith(_STEP_BEGINS):
        return None
    text = match["text"].removesuffix(_STEP_BEGINS)
    return text if text.startswith(_PHASES) else None


class CommandDeployer:
    """``python -m cli deploy`` as a command of its own; every line it prints goes to ``say``.

    Between stages it gets what CPU the tasks leave over: on AWS it does not run on the machines that serve either, and
    here Terraform and its provider would otherwise take both cores from everything that is being measured.
    """

    def __init__(self, environment: Mapping[str, str], *, say: Callable[[str], None]) -> None:
        self._environment = environment
        self._say = say

    def __call__(self, start: str, goal: str) -> Hop:
        """See Deployer."""
        began = time.monotonic()
        marks: list[Mark] = []
        lines: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-m", "cli", "deploy"],
            cwd=ROOT,
            env={**self._environment, "STAGE": goal},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            if start:  # the first deploy may start the embedded AWS, which must not inherit this
                _yield_cpu(process.pid)
            try:
                for line in process.stderr or ():
                    lines.append(line.rstrip())
                    phase = phase_of(lines[-1])
                    if phase is not None:
                        marks.append(Mark(at=time.monotonic(), text=phase))
                    self._say(lines[-1])
            except BaseException:
                # As Ctrl-C in a terminal: the deployer and its Terraform both hear of it, once, and end in order.
                os.killpg(process.pid, signal.SIGINT)
                process.wait(_INTERRUPT_SECONDS)
                raise
        return Hop(
            start=start,
            goal=goal,
            began=began,
            ended=time.monotonic(),
            exit_code=process.returncode,
            marks=tuple(marks),
            complaint="\n".join(lines[-15:]) if process.returncode else "",
        )
