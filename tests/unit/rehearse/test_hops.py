from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from cli.events import Events, SentWrite
from cli.phases import Apply, Compare, Publish, Seed, Tasks, Watch
from cli.progress import Progress
from rehearse.hops import Hop, RunPhase, phases_of

WRITE = SentWrite(key="k", method="POST", path="/orders", body="", acknowledged=True)


class Deployer:
    """A deployer's events and progress, with a clock that counts its events; ``wording`` is what people read."""

    def __init__(self, folder: Path, *, wording: str = "{}") -> None:
        self.file = folder / "events.jsonl"
        self.printed = io.StringIO()
        self._progress = Progress(console=Console(file=self.printed, highlight=False, soft_wrap=True))
        self._wording = wording
        self._now = 0.0
        self._events = Events(self.file, say=self._progress.say, clock=self._tick)

    def _tick(self) -> float:
        self._now += 1
        return self._now

    def walk(self) -> tuple[RunPhase, ...]:
        for phase in (
            Publish(service="like"),
            Seed(),
            Apply(stage="split", weights={"like": 10}, why="a share of the path"),
            Compare(new=Tasks(service="like"), old=Tasks(service="monolith")),
            Watch(new=Tasks(service="like"), old=Tasks(service="monolith"), weight=10),
        ):
            with self._events.phase(phase) as writes, self._progress.step(self._wording.format(phase)):
                writes.extend([WRITE] if isinstance(phase, Compare) else [])
        return self.phases()

    def fail(self) -> tuple[RunPhase, ...]:
        with pytest.raises(RuntimeError), self._events.phase(Apply(stage="glue", why="because")):
            raise RuntimeError
        return self.phases()

    def phases(self) -> tuple[RunPhase, ...]:
        return phases_of(self.file.read_text(encoding="utf-8").splitlines())


def test_phases_that_concern_traffic_are_read_with_their_times(tmp_path: Path) -> None:
    assert Deployer(tmp_path).walk() == (
        RunPhase(began=5.0, ended=6.0, kind="apply", stage="split", weights={"like": 10}, why="a share of the path"),
        RunPhase(began=7.0, ended=8.0, kind="compare", service="like", writes=(WRITE,)),
        RunPhase(began=9.0, ended=10.0, kind="watch", service="like", weights={"like": 10}),
    )


def test_what_a_hop_costs_leaves_out_the_time_in_which_who_is_new_was_tried() -> None:
    phases = (
        RunPhase(began=0.0, ended=1.0, kind="apply", stage="split", weights={"like": 0}),
        RunPhase(began=1.0, ended=2.0, kind="compare", service="like", writes=(WRITE,)),
        RunPhase(began=2.0, ended=5.0, kind="apply", stage="split", weights={"like": 10}),
        RunPhase(began=5.0, ended=12.0, kind="watch", weights={"like": 10}),
        RunPhase(began=12.0, ended=14.0, kind="apply", stage="split", canaries={"like": 100}),
        RunPhase(began=14.0, ended=None, kind="apply", stage="split", canaries={"like": 50}),
    )
    hop = Hop(start="glue", goal="split", began=0.0, ended=20.0, exit_code=0, phases=phases)
    assert hop.trying_seconds == 1 + 3 + 7 + 6
    assert hop.writes == [WRITE]


def test_another_wording_of_the_progress_changes_nothing_that_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    plain, other = Deployer(tmp_path), Deployer(tmp_path / "other", wording="[now] {} ... please wait")
    assert plain.walk() == other.walk() != ()
    assert plain.printed.getvalue() != other.printed.getvalue()


def test_a_phase_that_fails_has_an_end_as_well(tmp_path: Path) -> None:
    (phase,) = Deployer(tmp_path).fail()
    assert (phase.began, phase.ended) == (1.0, 2.0)


def test_a_deployer_that_was_killed_leaves_a_phase_without_an_end_and_maybe_half_a_line(tmp_path: Path) -> None:
    deployer = Deployer(tmp_path)
    deployer.fail()
    begin, end = deployer.file.read_text(encoding="utf-8").splitlines()
    (phase,) = phases_of([begin, end[:20]])
    assert (phase.stage, phase.ended) == ("glue", None)


@pytest.mark.parametrize("line", ["", "12", "[1]", "{}", '{"event": "begin"}', "not JSON"])
def test_other_lines_are_no_phases(line: str) -> None:
    assert phases_of([line]) == ()


def test_a_phase_is_told_in_words_for_the_report(tmp_path: Path) -> None:
    texts = [str(phase) for phase in Deployer(tmp_path).walk()]
    assert texts == [
        "Apply split, like gets 10 %: a share of the path",
        "Compare like",
        "Watch, like gets 10 %",
    ]
