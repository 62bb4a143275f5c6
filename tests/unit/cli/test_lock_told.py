"""While Terraform waits for the lock on the state, a person is told who holds it and since when."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from cli import lock, lock_waiting, team_lock
from cli.errors import CommandError
from cli.lock_waiting import holder, telling, watch
from settings.settings import Settings

BEGAN: Final = dt.datetime(2026, 11, 30, 12, 0, 30, tzinfo=dt.UTC)
INFO: Final = {"Who": "eva@host", "Operation": "OperationTypeApply", "Created": "2026-11-30T12:00:29.123456789Z"}
OWN: Final = {**INFO, "Created": "2026-11-30T12:00:31.5Z"}


def watched(*found: Mapping[str, Any]) -> tuple[list[str], list[float]]:
    """What is said when each look finds the next of these and the command is over then; and how long was waited."""
    said: list[str] = []
    waited: list[float] = []
    left = list(found)

    def is_over(seconds: float) -> bool:
        waited.append(seconds)
        return not left

    watch(lambda: left.pop(0), BEGAN, is_over=is_over, say=said.append)
    return said, waited


def test_who_holds_the_lock_is_said_once_after_five_seconds() -> None:
    clock = dt.datetime.fromisoformat(INFO["Created"]).astimezone().strftime("%H:%M:%S")
    said, waited = watched(INFO, INFO)
    assert said == [
        f"Terraform waits for the lock on the state, ten minutes at most: eva@host (apply) has held it since {clock}"
    ]
    assert waited == [5.0]


@pytest.mark.parametrize("found", [{}, OWN, {"Who": "eva"}, {**INFO, "Created": "long ago"}])
def test_nothing_is_said_of_its_own_lock_or_of_none(found: Mapping[str, Any]) -> None:
    assert watched(found, found) == ([], [5.0, 5.0, 5.0])


def test_a_lock_that_is_seen_late_is_said_all_the_same() -> None:
    said, waited = watched({}, INFO)
    assert (len(said), waited) == (1, [5.0, 5.0])


def test_a_holder_without_a_name_is_somebody() -> None:
    ((line,), _) = watched({"Created": INFO["Created"]})
    assert "at most: somebody has held it" in line


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings.from_environ({"STATE_DIR": str(tmp_path)})
    made.terraform_state.parent.mkdir(parents=True)
    made.terraform_state.write_text("{}")
    return made


def locked(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(lock, "is_locked", lambda _: answer)


def test_the_holder_of_a_local_state_is_read_from_the_file_beside_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = settings.terraform_state.parent / ".mysfits-dev.tfstate.lock.info"
    locked(monkeypatch, True)
    assert holder(settings) == {}
    for text in ("{", "[]"):
        file.write_text(text)
        assert holder(settings) == {}
    file.write_text(json.dumps(INFO))
    assert holder(settings) == INFO
    locked(monkeypatch, False)
    assert holder(settings) == {}, "a Terraform that was killed left the file"
    settings.terraform_state.unlink()
    locked(monkeypatch, True)
    assert holder(settings) == {}


def test_the_holder_of_a_state_in_a_bucket_is_that_of_its_lock_object(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environ({"TARGET": "aws", "STATE_BUCKET": "team"})
    answers: list[Callable[[], Any]] = [lambda: INFO, lambda: None]
    monkeypatch.setattr(team_lock, "terraforms", lambda asked: answers.pop(0)() if asked == settings else None)
    assert (holder(settings), holder(settings)) == (INFO, {})

    def refuse(_: Settings) -> None:
        raise CommandError("no")

    monkeypatch.setattr(team_lock, "terraforms", refuse)
    assert holder(settings) == {}


def test_only_commands_that_lock_are_watched_and_until_they_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def stand_in(*_: Any, is_over: Callable[[float], bool], say: Callable[[str], None]) -> None:
        begun.append("watching")
        assert is_over(60.0), "the end of the command ends the wait"
        say("over")

    monkeypatch.setattr(lock_waiting, "watch", stand_in)
    with telling(settings, ["terraform", "show"], say=begun.append):
        pass
    assert begun == []
    with pytest.raises(ValueError), telling(settings, ["terraform", "plan", "-lock-timeout=10m"], say=begun.append):
        raise ValueError
    assert begun == ["watching", "over"]
