"""Hops: the deployer, run once for each, and the phases that it reports in its events."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

import psutil

from cli.events import PhaseEvent, SentWrite
from cli.phases import are_shared, described
from embedded import session_priority
from systems.checkout import ROOT

_NICE: Final = 2
_INTERRUPT_SECONDS: Final = 120.0
_COMPLAINT_LINES: Final = 15


@dataclass(frozen=True, kw_only=True)
class RunPhase:
    """One phase of a hop that changed where requests go, or tried who is to get them.

    Attributes:
        began: monotonic seconds.
        ended: the same; None when it was cut off.
        kind: ``apply`` of a stage, ``compare`` of answers, or ``watch`` of a service under a share of its path.
        stage: that was applied; empty for other kinds.
        service: that was compared or watched; empty for an apply.
        weights: percent of its path that a service got, by name; all of it where it is not named.
        canaries: percent of its requests that a service's canary got, by name of the service.
        why: for people.
        writes: what a compare asked to be changed.
    """

    began: float
    ended: float | None
    kind: Literal["apply", "compare", "watch"]
    stage: str = ""
    service: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    canaries: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    writes: tuple[SentWrite, ...] = ()

    @property
    def tries(self) -> bool:
        """Whether who is new is tried meanwhile: its answers are compared, or it gets a share to be watched under."""
        return self.kind != "apply" or are_shared(self.weights, self.canaries)

    def __str__(self) -> str:
        kind = {"apply": f"Apply {self.stage}", "compare": f"Compare {self.service}", "watch": "Watch"}[self.kind]
        what = ", ".join([kind, *described(self.weights, self.canaries)])
        return f"{what}: {self.why}" if self.why else what


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One deploy, from ``began`` to ``ended`` in monotonic seconds.

    Attributes:
        start: stage before, empty when unknown.
        goal: stage asked for.
        exit_code: of the deployer.
        phases: in the order in which they began.
        delivers: whether it brought a new revision of each service and left the stage as it was.
        complaint: the deployer's last lines, when it failed.
        slowness: how many times longer this machine took just then than the one on which the limits were set.
    """

    start: str
    goal: str
    began: float
    ended: float
    exit_code: int
    phases: tuple[RunPhase, ...] = ()
    delivers: bool = False
    complaint: str = ""
    slowness: float = 1.0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began

    @property
    def trying_seconds(self) -> float:
        """How much of that who is new was tried: as long as is asked for, not what a hop costs."""
        return sum((phase.ended or self.ended) - phase.began for phase in self.phases if phase.tries)

    @property
    def writes(self) -> list[SentWrite]:
        """What its compares asked to be changed."""
        return [write for phase in self.phases for write in phase.writes]


class Deployer(Protocol):
    """Brings the target to a stage."""

    def __call__(self, start: str, goal: str, *, revision: str = "") -> Hop:
        """Make one hop.

        Args:
            start: stage that is deployed; empty when it is not known.
            goal: stage to deploy.
            revision: value of REVISION.

        Returns:
            What happened, also when the deployer failed.
        """


def _yield_cpu(pid: int) -> None:
    """Lower the priority of a session's leader, and of the session."""
    with contextlib.suppress(psutil.Error):
        psutil.Process(pid).nice(_NICE)
    session_priority.set_niceness(pid, _NICE)


def phases_of(lines: Iterable[str]) -> tuple[RunPhase, ...]:
    """Read what the deployer wrote into its EVENTS_FILE.

    Returns:
        Its phases that concern traffic; publishing and seeding are left out, and so is a line that is no event.
    """
    begins: dict[int, PhaseEvent] = {}
    ends: dict[int, PhaseEvent] = {}
    for line in lines:
        with contextlib.suppress(ValueError):  # the last line of a deployer that was killed may be cut off
            event = PhaseEvent.parse(line)
            if event.event == "begin":
                begins[event.number] = event
            else:
                ends[event.number] = event
    return tuple(
        RunPhase(
            began=begin.at,
            ended=ends[number].at if number in ends else None,
            kind=begin.kind,
            stage=begin.stage,
            service="" if begin.kind == "apply" else begin.service,
            weights=begin.weights,
            canaries=begin.canaries,
            why=begin.why,
            writes=tuple(SentWrite(**write) for write in ends[number].writes) if number in ends else (),
        )
        for number, begin in sorted(begins.items())
        if begin.kind in ("apply", "compare", "watch")
    )


class CommandDeployer:
    """``python -m cli deploy`` as a command of its own; every line it prints goes to ``say``.

    Between stages it gets what CPU the tasks leave over: on AWS it does not run on the machines that serve either, and
    here Terraform and its provider would otherwise take both cores from everything that is being measured.
    """

    def __init__(self, environment: Mapping[str, str], *, say: Callable[[str], None]) -> None:
        self._environment = environment
        self._say = say

    def __call__(self, start: str, goal: str, *, revision: str = "") -> Hop:
        """See Deployer."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="hop-") as folder:
            events = Path(folder) / "events.jsonl"
            exit_code, lines = self._run(start, {"STAGE": goal, "REVISION": revision}, events)
            written = events.read_text(encoding="utf-8").splitlines() if events.is_file() else []
        return Hop(
            start=start,
            goal=goal,
            began=began,
            ended=time.monotonic(),
            exit_code=exit_code,
            phases=phases_of(written),
            complaint="\n".join(lines[-_COMPLAINT_LINES:]) if exit_code else "",
        )

    def _run(self, start: str, asked: Mapping[str, str], events: Path) -> tuple[int, list[str]]:
        """Exit code of the deployer, and what it printed for people."""
        lines: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-m", "cli", "deploy"],
            cwd=ROOT,
            env={**self._environment, **asked, "EVENTS_FILE": str(events)},
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
                    self._say(lines[-1])
            except BaseException:
                # As Ctrl-C in a terminal: the deployer and its Terraform both hear of it, once, and end in order.
                os.killpg(process.pid, signal.SIGINT)
                process.wait(_INTERRUPT_SECONDS)
                raise
        return process.returncode, lines
