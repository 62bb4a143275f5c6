"""What a deploy does, for programs: one JSON line in EVENTS_FILE when a phase begins, and one when it ends.

What a person sees on stderr may be worded anew at any time; these lines keep their shape.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

from cli.phases import Apply, Compare, Phase, Publish, Seed, Watch

Kind = Literal["publish", "seed", "apply", "compare", "watch"]

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
"""Without waiting: a pipe that nobody reads must not hold up a deploy."""


@dataclass(frozen=True, kw_only=True)
class SentWrite:
    """A request by which a compare changed something, once however often it was sent with its key.

    Attributes:
        key: by which the system knows a repetition.
        method, path, body: of the request; a body is text.
        acknowledged: whether some answer said that it is done.
    """

    key: str
    method: str
    path: str
    body: str
    acknowledged: bool


@dataclass(frozen=True, kw_only=True)
class PhaseEvent:
    """The begin or the end of one phase of a deploy.

    Attributes:
        event: which of the two.
        number: of the phase within its deploy, from 1; begin and end have the same.
        at: seconds of the monotonic clock, which all processes of one machine share.
        kind: of the phase.
        stage: that is applied; empty for other kinds.
        service: whose image is published, or that is compared or watched; empty for other kinds.
        weights: percent of its path that a service gets in this phase, by name; all of it where it is not named.
        canaries: percent of its requests that a service's canary gets in this phase, by name of the service.
        why: of an apply, for people.
        ok: of an end: whether the phase did what it should. A phase that was killed has no end.
        writes: of the end of a compare: what it asked to be changed, each a ``SentWrite`` by the names of its fields.
    """

    event: Literal["begin", "end"]
    number: int
    at: float
    kind: Kind
    stage: str = ""
    service: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    canaries: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    ok: bool = True
    writes: Sequence[Mapping[str, Any]] = field(default_factory=list)

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, line: str) -> PhaseEvent:
        """The reverse of ``line``; fields that a later version adds are left out.

        Raises:
            ValueError: it is no such line.
        """
        try:
            document = json.loads(line)
            return cls(**{name: document[name] for name in (part.name for part in fields(cls)) if name in document})
        except TypeError as problem:
            raise ValueError(f"not an event of a deploy: {line!r}") from problem


def begin_of(phase: Phase, *, number: int, at: float) -> PhaseEvent:
    """The event with which ``phase`` begins."""
    details: dict[str, Any]
    match phase:
        case Publish():
            details = {"kind": "publish", "service": phase.service}
        case Seed():
            details = {"kind": "seed"}
        case Apply():
            details = {
                "kind": "apply",
                "stage": phase.stage,
                "weights": dict(phase.weights),
                "canaries": dict(phase.canaries),
                "why": phase.why,
            }
        case Compare():
            details = {"kind": "compare", "service": phase.new.service}
        case Watch():
            shares = "canaries" if phase.new.canary else "weights"
            details = {"kind": "watch", "service": phase.new.service, shares: {phase.new.service: phase.weight}}
    return PhaseEvent(event="begin", number=number, at=at, **details)


class Events:
    """Writes the events of one deploy, to nowhere with ``path`` None.

    A file that cannot be written to is said once, by ``say``; the deploy goes on.
    """

    def __init__(
        self, path: Path | None, *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._say = say
        self._clock = clock
        self._phases = 0

    @contextlib.contextmanager
    def phase(self, phase: Phase) -> Iterator[list[SentWrite]]:
        """Around the work of ``phase``, which puts what it writes into the list."""
        self._phases += 1
        begin = begin_of(phase, number=self._phases, at=self._clock())
        self._write(begin)
        writes: list[SentWrite] = []
        ok = False
        try:
            yield writes
            ok = True
        finally:
            told = [asdict(write) for write in writes]
            self._write(replace(begin, event="end", at=self._clock(), ok=ok, writes=told))

    def _write(self, event: PhaseEvent) -> None:
        if self._path is None:
            return
        try:
            descriptor = os.open(self._path, _FLAGS, 0o600)
            try:
                os.write(descriptor, event.line().encode())
            finally:
                os.close(descriptor)
        except OSError as problem:
            self._say(f"EVENTS_FILE={self._path} cannot be written to ({problem.strerror}); going on without events")
            self._path = None
