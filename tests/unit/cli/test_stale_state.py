"""The Terraform state belongs to the control plane that it describes, and ends with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import audit, local
from cli.history import History
from cli.progress import Progress
from embedded.state import DaemonState
from settings.settings import Settings

ONE = DaemonState(pid=1, control_plane_id="one", started_at=0.0, aws_port=2)
TWO = DaemonState(
    pid=1,
    control_plane_id="two",
    started_at=0.0,
    aws_port=2,
    afresh_because="control-plane.snapshot is damaged, so the embedded AWS starts afresh",
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(audit, "leftovers", lambda _settings: iter(()))
    return Settings.from_environ({"STATE_DIR": str(tmp_path), "ENV": "dev"})


def drop(settings: Settings, running: DaemonState, capsys: pytest.CaptureFixture[str]) -> str:
    local.drop_stale_state(settings, running, Progress())
    return capsys.readouterr().err


def test_the_state_of_the_same_control_plane_stays(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert drop(settings, ONE, capsys) == ""
    settings.terraform_state.write_text("state")
    assert drop(settings, ONE, capsys) == ""
    assert settings.terraform_state.read_text() == "state"
    assert not History(settings).is_unfinished


def test_the_state_of_one_that_is_gone_goes_and_the_reason_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(settings, ONE, capsys)
    settings.terraform_state.write_text("state")
    other = settings.terraform_state.with_name("mysfits-blue.tfstate")
    other.write_text("of another environment")
    said = drop(settings, TWO, capsys)
    assert "is damaged, so the embedded AWS starts afresh; deploying afresh (the table's items are kept)" in said
    assert not settings.terraform_state.exists()
    assert other.exists()
    settings.terraform_state.write_text("new state")
    assert drop(settings, TWO, capsys) == ""
    assert settings.terraform_state.exists()


def test_where_the_mark_of_the_control_plane_was_overwritten_what_stands_is_taken_up(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, ONE, capsys)
    settings.terraform_state.write_text("state")
    settings.terraform_state.with_suffix(".control-plane").write_bytes(b"\xff\xfe\x00")
    leftover: Any = object()
    monkeypatch.setattr(audit, "leftovers", lambda _settings: iter([leftover]))
    assert "taking that over" in drop(settings, ONE, capsys)
    assert History(settings).is_unfinished
    assert drop(settings, ONE, capsys) == ""


def test_a_state_that_is_gone_while_its_objects_stand_is_taken_up_again(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover: Any = object()
    monkeypatch.setattr(audit, "leftovers", lambda _settings: iter([leftover]))
    assert "taking that over" in drop(settings, ONE, capsys)
    assert History(settings).is_unfinished
