"""Events are for programs; whatever becomes of them, the deploy goes on."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest

from cli.events import Events, PhaseEvent, SentWrite
from cli.phases import Apply, Compare, Publish, Seed, Tasks, Watch

APPLY = Apply(stage="split", weights={"like": 0}, why="the new service becomes steady")


def run(path: Path | None, *, phases: int = 2) -> list[str]:
    """What is said while so many phases are run."""
    said: list[str] = []
    events, done = Events(path, say=said.append), 0
    for _ in range(phases):
        with events.phase(APPLY):
            done += 1
    assert done == phases
    return said


def test_a_phase_is_two_lines_of_json_with_what_it_does(tmp_path: Path) -> None:
    file = tmp_path / "events"
    assert not run(file, phases=1)
    begin, end = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    details = {
        "number": 1,
        "kind": "apply",
        "stage": "split",
        "service": "",
        "weights": {"like": 0},
        "canaries": {},
        "why": APPLY.why,
        "writes": [],
    }
    assert begin == {"event": "begin", "at": begin["at"], "ok": True, **details}
    assert end == {"event": "end", "at": end["at"], "ok": True, **details}
    assert end["at"] >= begin["at"]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("phase", "details"),
    [
        (Publish(service="like"), {"kind": "publish", "service": "like", "weights": {}, "stage": ""}),
        (Seed(), {"kind": "seed", "service": "", "weights": {}, "stage": ""}),
        (
            Compare(new=Tasks(service="like"), old=Tasks(service="monolith")),
            {"kind": "compare", "service": "like", "weights": {}, "stage": "", "canaries": {}},
        ),
        (
            Watch(new=Tasks(service="like"), old=Tasks(service="monolith"), weight=10),
            {"kind": "watch", "service": "like", "weights": {"like": 10}, "stage": ""},
        ),
        (
            Watch(new=Tasks(service="like", canary=True), old=Tasks(service="like"), weight=10),
            {"kind": "watch", "service": "like", "weights": {}, "stage": "", "canaries": {"like": 10}},
        ),
    ],
)
def test_every_kind_of_phase_has_its_details(
    phase: Publish | Seed | Compare | Watch, details: dict[str, object], tmp_path: Path
) -> None:
    with Events(tmp_path / "events", say=print).phase(phase):
        pass
    line = (tmp_path / "events").read_text(encoding="utf-8").splitlines()[0]
    event = vars(PhaseEvent.parse(line))
    assert {name: event[name] for name in ("kind", "service", "weights", "stage", *details)} == details


def test_a_phase_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Events(tmp_path / "events", say=print).phase(APPLY):
        raise KeyboardInterrupt
    end = PhaseEvent.parse((tmp_path / "events").read_text(encoding="utf-8").splitlines()[1])
    assert (end.event, end.ok) == ("end", False)


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_compare_wrote_stands_in_its_end_however_it_ends(*, fails: bool, tmp_path: Path) -> None:
    write = SentWrite(key="k", method="POST", path="/orders", body="{}", acknowledged=True)
    compare = Compare(new=Tasks(service="like"), old=Tasks(service="monolith"))
    with contextlib.suppress(ZeroDivisionError), Events(tmp_path / "events", say=print).phase(compare) as writes:
        writes.append(write)
        _ = 1 / (0 if fails else 1)
    begin, end = map(PhaseEvent.parse, (tmp_path / "events").read_text(encoding="utf-8").splitlines())
    assert not begin.writes
    assert [SentWrite(**one) for one in end.writes] == [write]
    assert end.ok is not fails


def test_events_of_a_later_version_are_read(tmp_path: Path) -> None:
    run(tmp_path / "events", phases=1)
    document = json.loads((tmp_path / "events").read_text(encoding="utf-8").splitlines()[0])
    assert PhaseEvent.parse(json.dumps({**document, "cost": 1})) == PhaseEvent.parse(json.dumps(document))


def test_what_is_in_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("first\n")
    run(tmp_path / "events", phases=1)
    assert len((tmp_path / "events").read_text(encoding="utf-8").splitlines()) == 3


def test_without_a_file_nothing_is_written() -> None:
    assert not run(None)


def broken(folder: Path, kind: str) -> Path:
    path = folder / "events"
    match kind:
        case "folder":
            path.mkdir()
        case "no folder":
            path = folder / "missing" / "events"
        case "full disk":
            path = Path("/dev/full")
        case "pipe without a reader":
            os.mkfifo(path)
    return path


@pytest.mark.parametrize("kind", ["folder", "no folder", "full disk", "pipe without a reader"])
def test_a_file_that_cannot_be_written_to_is_said_once_and_the_deploy_goes_on(kind: str, tmp_path: Path) -> None:
    path = broken(tmp_path, kind)
    (said,) = run(path)
    assert said.startswith(f"EVENTS_FILE={path} cannot be written to (")
    assert said.endswith("); going on without events")


def test_a_pipe_that_nobody_empties_holds_up_nothing(tmp_path: Path) -> None:
    pipe = broken(tmp_path, "pipe without a reader")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        said = run(pipe, phases=2000)
    finally:
        os.close(reader)
    assert len(said) == 1


def test_begin_and_end_have_the_clocks_time_and_phases_are_counted(tmp_path: Path) -> None:
    times = iter((10.0, 12.5, 20.0, 21.0))
    events = Events(tmp_path / "events", say=print, clock=lambda: next(times))
    for _ in range(2):
        with events.phase(APPLY):
            pass
    lines = (tmp_path / "events").read_text(encoding="utf-8").splitlines()
    found = [PhaseEvent.parse(line) for line in lines]
    assert [(one.event, one.number, one.at) for one in found] == [
        ("begin", 1, 10.0),
        ("end", 1, 12.5),
        ("begin", 2, 20.0),
        ("end", 2, 21.0),
    ]


@pytest.mark.parametrize("line", ["{}", "[]", "5", '{"event": "begin"}', "no JSON"])
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"not an event of a deploy|Expecting value"):
        PhaseEvent.parse(line)
