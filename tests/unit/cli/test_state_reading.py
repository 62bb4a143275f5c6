"""A state is read whole, also while another command is writing it in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli import lock, state_file
from cli.errors import CommandError
from settings.settings import Settings

WHOLE = {
    "version": 4,
    "outputs": {"stage": {"value": "split", "type": "string"}},
    "resources": [
        {"mode": "data", "type": "aws_region", "instances": [{"attributes": {}}]},
        {"mode": "managed", "type": "aws_vpc", "instances": [{"attributes": {"id": "1"}}, {"attributes": {"id": "2"}}]},
    ],
}


class Writer:
    """Somebody who writes the state, a little more with each look of the reader."""

    def __init__(self, settings: Settings, *texts: str) -> None:
        self._settings, self._texts = settings, list(texts)
        self.seconds = 0.0
        settings.terraform_state.parent.mkdir(parents=True, exist_ok=True)
        self.sleep(0)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self._texts:
            self._settings.terraform_state.write_text(self._texts.pop(0), encoding="utf-8")

    def read(self) -> dict[str, Any]:
        return state_file.read(self._settings, clock=lambda: self.seconds, sleep=self.sleep)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(tmp_path)})


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "another_at_work", lambda _: "make deploy of mysfits-dev")


@pytest.mark.usefixtures("busy")
def test_one_that_is_being_written_is_read_again_until_it_is_whole(settings: Settings) -> None:
    text = json.dumps(WHOLE)
    found = Writer(settings, "", text[:20], text[:-1], text).read()
    assert state_file.outputs(found) == {"stage": "split"}
    assert state_file.resources(found) == [("aws_vpc", {"id": "1"}), ("aws_vpc", {"id": "2"})]


@pytest.mark.usefixtures("busy")
def test_one_that_stays_cut_while_somebody_works_is_no_reason_to_copy_anything(settings: Settings) -> None:
    writer = Writer(settings, "{")
    with pytest.raises(CommandError, match="is being written: make deploy of mysfits-dev is at work") as raised:
        writer.read()
    assert 4.9 <= writer.seconds <= 6
    assert "cp " not in str(raised.value)


def test_one_that_nobody_writes_and_is_cut_is_said_with_the_way_back(settings: Settings) -> None:
    writer = Writer(settings, '{"version": 4')
    with pytest.raises(CommandError, match=r"To go back to Terraform.s copy .*: cp .*\.backup "):
        writer.read()
    assert writer.seconds == 0


def test_without_a_state_or_with_an_empty_one_there_is_nothing(settings: Settings) -> None:
    assert state_file.read(settings) == {}
    assert Writer(settings, "").read() == {}
    assert state_file.outputs({}) == {}
    assert state_file.resources({}) == []


@pytest.mark.parametrize("version", [3, 5, None])
def test_another_version_of_the_format_is_said(version: int | None, settings: Settings) -> None:
    with pytest.raises(CommandError, match=f"is of version {version}; only version 4 can be read"):
        Writer(settings, json.dumps({**WHOLE, "version": version})).read()


def test_whoever_holds_the_lock_is_nobody_else(settings: Settings) -> None:
    with lock.only_one(settings, "deploy"):
        assert lock.at_work(settings) is not None
        assert lock.another_at_work(settings) is None
