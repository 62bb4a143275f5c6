"""What the second of two deploys is told; with two processes it is shown in tests/local."""

from __future__ import annotations

import datetime as dt
import fcntl
import getpass
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pytest

from cli import lock
from cli.errors import CommandError
from settings.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(tmp_path / "state"), "CDKTF_OUTDIR": str(tmp_path / "out")})


def refused(settings: Settings) -> str:
    with pytest.raises(CommandError) as caught, lock.only_one(settings, "destroy"):
        pass
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_holder_is_told_with_command_environment_process_user_and_time(settings: Settings) -> None:
    before = dt.datetime.now().astimezone().replace(microsecond=0)
    with lock.only_one(settings, "rollback"):
        text = refused(settings)
        written = json.loads((settings.terraform_state.parent / "_deploy-mysfits-dev.lock").read_text())
        assert (settings.out_dir / "deploy.lock").read_text()
    found = re.fullmatch(
        r"make rollback of mysfits-dev \(process (\d+) of (.+), since (\d\d:\d\d:\d\d)\) is at work; "
        r"wait for its end\. Nothing was changed\.",
        text,
    )
    assert found
    assert (int(found[1]), found[2]) == (os.getpid(), getpass.getuser())
    since = dt.datetime.fromisoformat(written["since"])
    assert since.utcoffset() is not None
    assert before <= since <= dt.datetime.now().astimezone()
    assert found[3] == since.strftime("%H:%M:%S")


def test_both_files_are_empty_and_free_afterwards(settings: Settings) -> None:
    for error in (ZeroDivisionError, KeyError):
        with pytest.raises(error), lock.only_one(settings, "deploy"):
            raise error
        assert (settings.terraform_state.parent / "_deploy-mysfits-dev.lock").read_text() == ""
        assert (settings.out_dir / "deploy.lock").read_text() == ""


def test_one_that_is_refused_leaves_no_new_file_and_none_that_was_there_goes(settings: Settings) -> None:
    files = (settings.terraform_state.parent / "_deploy-mysfits-dev.lock", settings.out_dir / "deploy.lock")
    for exit_code, stay in ((2, False), (1, True), (2, True)):
        with pytest.raises(CommandError), lock.only_one(settings, "deploy"):
            raise CommandError("refused", exit_code=exit_code)
        assert [path.exists() for path in files] == [stay, stay]


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_on_the_new_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = settings.out_dir / "deploy.lock"
    flock = fcntl.flock
    removed: list[Path] = []

    def remove_first(locked: TextIO, how: int) -> None:
        flock(locked, how)
        if locked.name == str(file) and not removed:
            file.unlink()
            removed.append(file)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with lock.only_one(settings, "deploy"):
        assert "make deploy" in refused(replace(settings, env="blue"))
    assert removed


def test_to_look_whether_it_is_free_says_the_same_and_takes_and_leaves_nothing(settings: Settings) -> None:
    lock.require_free(settings)
    assert not settings.state_dir.exists()
    neighbour = replace(settings, env="blue")
    with lock.only_one(settings, "deploy"):
        for asked in (settings, neighbour):
            with pytest.raises(CommandError) as caught:
                lock.require_free(asked)
            assert (str(caught.value), caught.value.exit_code) == (refused(asked), 2)
    lock.require_free(settings)
    lock.require_free(neighbour)


def test_a_shared_synthesis_folder_is_named_with_the_variable_to_set(settings: Settings) -> None:
    other = replace(settings, env="blue")
    with lock.only_one(settings, "deploy"):
        text = refused(other)
        assert f"it writes to {settings.out_dir}: wait for its end, or set CDKTF_OUTDIR to another folder" in text
        with lock.only_one(replace(other, out_dir=settings.out_dir / "blue"), "deploy"):
            pass
    with lock.only_one(other, "deploy"):
        pass


def test_a_refused_one_leaves_the_name_of_the_holder(settings: Settings) -> None:
    with lock.only_one(settings, "deploy"):
        assert refused(settings) == refused(settings)


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def nameless() -> str:
        raise KeyError("uid")

    monkeypatch.setattr(getpass, "getuser", nameless)
    with lock.only_one(settings, "deploy"):
        assert f"of user {os.getuid()}," in refused(settings)


def test_without_a_state_there_is_no_terraform_to_wait_for(tmp_path: Path) -> None:
    said: list[str] = []
    lock.wait_for_terraform(tmp_path / "none", say=said.append)
    (tmp_path / "some").write_text("{}")
    lock.wait_for_terraform(tmp_path / "some", say=said.append)
    assert said == []
    assert not (tmp_path / "none").exists()


def test_who_is_at_work_is_found_without_a_wait(settings: Settings) -> None:
    assert lock.at_work(settings) is None
    with lock.only_one(settings, "deploy"):
        assert str(lock.at_work(settings)).startswith("make deploy of mysfits-dev (process ")
    assert lock.at_work(settings) is None
