"""How many tasks a walk asks for: those of a hand are kept, and a canary can bear what its service does."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import task_counts
from cli.phases import Apply
from cli.walk import Walk
from settings.settings import Settings


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    settings = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    settings.terraform_state.parent.mkdir(parents=True)
    counts = {"monolith": 2, "monolith-c": 0, "like": 6, "like-c": 3}
    monkeypatch.setattr("cli.walk.live.desired_counts", lambda _: counts)
    task_counts.choose(settings, "monolith", 5)
    task_counts.choose(settings, "like", 4)
    task_counts.choose(settings, "adopt", 3)
    nothing: Any = SimpleNamespace(say=print)
    return Walk(settings, nothing, nothing, image_tags={}, expects_nothing=False)


def test_a_number_that_a_hand_chose_is_kept_where_the_service_runs_and_does_not_scale(walk: Walk) -> None:
    found = walk.variables(Apply(stage="split", why=""))
    assert {name: text for name, text in found.items() if name.endswith("_tasks")} == {"monolith_tasks": "5"}


def test_a_canary_has_as_many_tasks_as_its_service_has_now(walk: Walk) -> None:
    found = walk.variables(Apply(stage="split", canaries={"like": 10, "monolith": 50}, why=""))
    assert (found["like_canary_tasks"], found["monolith_canary_tasks"]) == ("6", "2")
