"""What a rollback goes back to."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.history import History, Release
from settings.settings import Settings

FIRST = Release(stage="glue", image_tags={"monolith": "a"})
SECOND = Release(stage="split", image_tags={"monolith": "b", "like": "c"})


def history(folder: Path) -> History:
    return History(Settings.from_environ({"STATE_DIR": str(folder)}))


def test_a_release_is_remembered_across_processes(tmp_path: Path) -> None:
    assert history(tmp_path).previous() is None
    history(tmp_path).remember(FIRST)
    assert history(tmp_path).previous() == FIRST


def test_an_unfinished_run_keeps_what_it_started_from(tmp_path: Path) -> None:
    first = history(tmp_path)
    first.remember(FIRST)
    first.begin()
    again = history(tmp_path)
    assert again.is_unfinished
    again.remember(SECOND)
    assert again.previous() == FIRST
    again.end()
    again.remember(SECOND)
    assert again.previous() == SECOND


def test_nothing_is_known_after_a_destroy(tmp_path: Path) -> None:
    known = history(tmp_path)
    known.remember(FIRST)
    known.begin()
    known.forget()
    assert known.previous() is None
    assert not known.is_unfinished


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"stage": "gl',
        "[]",
        '{"stage": "later", "image_tags": {}}',
        '{"stage": "glue"}',
        '{"stage": 1, "image_tags": {}}',
    ],
    ids=["empty", "half", "no object", "unknown stage", "no tags", "no name"],
)
def test_what_cannot_be_read_is_named_with_a_way_on(text: str, tmp_path: Path) -> None:
    known = history(tmp_path)
    known.remember(FIRST)
    path = next(tmp_path.rglob("*.previous.json"))
    path.write_text(text)
    with pytest.raises(CommandError) as caught:
        known.previous()
    assert str(path) in str(caught.value)
    assert "make deploy STAGE=" in str(caught.value)


def test_the_next_deploy_writes_a_history_that_can_be_read_again(tmp_path: Path) -> None:
    known = history(tmp_path)
    known.remember(FIRST)
    next(tmp_path.rglob("*.previous.json")).write_text("{")
    known.remember(SECOND)
    assert known.previous() == SECOND
