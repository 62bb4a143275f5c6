"""What a person at a terminal sees of a walk."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from cli import live, walk_view
from cli.phases import Tasks
from cli.progress import Progress
from cli.target_metrics import Figures
from cli.walk_view import Looker, ServiceNow, WalkView
from settings.settings import Settings
from tests.unit.cli.figures import figures

SETTINGS = Settings.from_environ({})


def drawn(view: WalkView) -> list[str]:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    with console.capture() as capture:
        console.print(view)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_phases_are_done_running_or_to_come() -> None:
    now = 0.0
    view = WalkView(["publish like", "apply split", "watch like"], clock=lambda: now)
    with view.phase("publish like"):
        now = 2.0
    with view.phase("apply split"):
        now = 5.0
        done, running, waiting = drawn(view)
    assert done == "  ✓    2.0 s  1. publish like"
    assert running.endswith("     3 s  2. apply split")
    assert waiting == "              3. watch like"
    assert drawn(view)[1] == "  ✓    3.0 s  2. apply split"


def test_on_a_narrow_terminal_the_time_is_seen_and_the_end_of_the_text_is_not() -> None:
    view = WalkView([f"apply split: {'why ' * 30}"], clock=lambda: 0.0)
    with view.phase(f"apply split: {'why ' * 30}"):
        pass
    (line,) = drawn(view)
    assert line.startswith("  ✓    0.0 s  1. apply split: why")
    assert line.endswith("…")


def test_a_phase_that_was_not_planned_comes_into_the_list() -> None:
    view = WalkView(["apply split", "watch like"])
    with view.phase("apply split"):
        pass
    with view.phase("apply split: back"):
        assert [line.split(". ", 1)[1] for line in drawn(view)] == [
            "apply split",
            "apply split: back",
            "watch like",
        ]


def test_services_are_a_table_below() -> None:
    view = WalkView(["apply split"])
    view.services = [
        ServiceNow(tasks=Tasks(service="like"), running=2, desired=2, share=90, requests=45, errors=0),
        ServiceNow(tasks=Tasks(service="like", canary=True), running=1, desired=2, share=10),
    ]
    _, head, own, new = drawn(view)
    assert head.split() == ["Service", "Tasks", "Share", "Requests", "5xx"]
    assert own.split() == ["like", "2/2", "90", "%", "45", "0"]
    assert new.split() == ["the", "new", "revision", "of", "like", "1/2", "10", "%"]


NOON = dt.datetime.now(dt.UTC)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What ECS shows: the monolith with an old event and a new one, a canary in rest and one at work."""

    def service(name: str, running: int, desired: int, *events: dict[str, Any]) -> dict[str, Any]:
        return {
            "serviceName": f"mysfits-dev-{name}",
            "runningCount": running,
            "desiredCount": desired,
            "events": list(events),
        }

    old = {"id": "1", "createdAt": NOON - dt.timedelta(days=1), "message": "old"}
    new = {"id": "2", "createdAt": NOON + dt.timedelta(hours=1), "message": "has started 1 tasks"}
    found = [
        service("monolith", 2, 2, new, old),
        service("monolith-c", 0, 0),
        service("like", 2, 2),
        service("like-c", 1, 2),
    ]

    class Metrics:
        def __init__(self, _: Settings) -> None:
            pass

        def group(self, tasks: Tasks, since: dt.datetime, until: dt.datetime) -> Figures:
            assert (until - since).total_seconds() == 10
            assert not tasks.for_others or tasks.service == "monolith"
            if tasks.for_others:
                return figures(5, errors=2)
            return figures(7 if tasks.canary else 70, errors=1 if tasks.canary else 0)

    monkeypatch.setattr(walk_view, "TargetMetrics", Metrics)
    monkeypatch.setattr(live, "active_services", lambda _: found)
    monkeypatch.setattr(live, "shares", lambda _: {"like": {"like": 45, "like-c": 5, "monolith": 50}})
    return found


@pytest.mark.usefixtures("services")
def test_what_services_and_visitors_do_is_read_from_aws_and_events_are_said_once() -> None:
    view, said = WalkView([]), list[str]()
    looker = Looker(SETTINGS, view, say=said.append)
    looker.look()
    looker.look()
    assert said == ["  ECS: has started 1 tasks"]
    like, canary = Tasks(service="like"), Tasks(service="like", canary=True)
    assert list(view.services) == [
        ServiceNow(tasks=Tasks(service="monolith"), running=2, desired=2, requests=75, errors=2),
        ServiceNow(tasks=like, running=2, desired=2, share=45, requests=70, errors=0),
        ServiceNow(tasks=canary, running=1, desired=2, share=5, requests=7, errors=1),
    ]


def test_what_cannot_be_read_just_now_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def refuse(_: Settings) -> None:
        nonlocal looks
        looks += 1
        raise ClientError({"Error": {"Code": "Throttling"}}, "DescribeServices")

    monkeypatch.setattr(live, "active_services", refuse)
    monkeypatch.setattr(walk_view, "_POLL_SECONDS", 0.001)
    view = WalkView([])
    view.services = before = [ServiceNow(tasks=Tasks(service="like"), running=1, desired=1)]
    with Looker(SETTINGS, view, say=print):
        while looks < 3:
            pass
    assert view.services is before


@pytest.mark.parametrize("is_terminal", [True, False])
def test_only_a_terminal_gets_the_view(is_terminal: bool) -> None:
    output = io.StringIO()
    progress = Progress(console=Console(file=output, force_terminal=is_terminal, width=80))
    view = WalkView(["apply split"])
    with progress.view(view), view.phase("apply split"), progress.step("Apply split"):
        pass
    assert ("1. apply split" in output.getvalue()) is is_terminal
    assert "Apply split …" in output.getvalue()


@pytest.mark.parametrize("fails", [True, False])
def test_how_far_a_walk_came_stays_when_it_ends_before_its_time(fails: bool) -> None:
    output = io.StringIO()
    progress = Progress(console=Console(file=output, force_terminal=True, width=80))
    view = WalkView(["publish", "apply split"])
    with contextlib.suppress(KeyboardInterrupt), progress.view(view):
        with view.phase("publish"):
            pass
        output.truncate(0)
        if fails:
            raise KeyboardInterrupt
    stays = output.getvalue().rpartition("\x1b[2K")[2]
    assert ("2. apply split" in stays) is fails
