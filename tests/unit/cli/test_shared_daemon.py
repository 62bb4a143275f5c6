"""The embedded AWS of a state folder that two environments use, each with a folder of its own to synthesise to."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import local, lock, shared_daemon
from cli.errors import CommandError
from cli.progress import Progress
from settings.settings import Settings


@pytest.fixture
def dev(tmp_path: Path) -> Settings:
    return _settings(tmp_path, "dev")


@pytest.fixture
def blue(tmp_path: Path) -> Settings:
    return _settings(tmp_path, "blue")


def _settings(folder: Path, environment: str) -> Settings:
    (folder / "state").mkdir(exist_ok=True)
    return Settings.from_environ(
        {"STATE_DIR": str(folder / "state"), "CDKTF_OUTDIR": str(folder / environment), "ENV": environment}
    )


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The one that runs, if any; ``stop`` removes it."""
    found: list[Any] = []
    monkeypatch.setattr("cli.local.state.read", lambda _: found[0] if found else None)
    monkeypatch.setattr("cli.local.stop", lambda *_: found.clear())
    yield found


ONE = SimpleNamespace(aws_port=4566, code_version="of before an update")


def test_it_is_not_stopped_under_a_command_of_another_environment(
    dev: Settings, blue: Settings, running: list[Any]
) -> None:
    running.append(ONE)
    with lock.only_one(blue, "deploy"), pytest.raises(CommandError) as refused:
        local.stop_unless_used(dev, Progress())
    assert refused.value.exit_code == 2
    assert f"make deploy of mysfits-blue (process {os.getpid()} of " in str(refused.value)
    assert str(refused.value).endswith("is at work with the same embedded AWS; wait for its end. Nothing was stopped.")
    assert running == [ONE]
    with lock.only_one(dev, "down"):
        local.stop_unless_used(dev, Progress())
    assert running == []


def test_it_is_not_restarted_after_an_update_under_a_command_of_another_environment(
    dev: Settings, blue: Settings, running: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    running.append(outdated(dev))
    with lock.only_one(blue, "deploy"):
        assert local.ensure_running(dev, Progress()) is running[0]
    told = capsys.readouterr().err
    assert "runs code from before" in told
    assert "make deploy of mysfits-blue" in told


def outdated(settings: Settings) -> Any:
    return SimpleNamespace(aws_port=settings.aws_port, code_version="of before an update")


def test_one_that_was_started_for_a_command_goes_on_for_whoever_came_meanwhile(
    dev: Settings, blue: Settings, running: list[Any]
) -> None:
    with local.left_as_it_was(dev, Progress()):
        running.append(ONE)
        with lock.only_one(blue, "deploy"):
            pass
    assert running == [ONE], "blue serves now"
    running.clear()
    with lock.only_one(blue, "deploy"), local.left_as_it_was(dev, Progress()):
        running.append(ONE)
    assert running == [ONE], "blue is at work, since before"


def test_one_that_was_started_for_a_command_is_stopped_where_others_came_earlier(
    dev: Settings, blue: Settings, running: list[Any]
) -> None:
    with lock.only_one(blue, "deploy"):
        pass
    (file,) = lock.of_environment(blue).parent.glob(lock.PATTERN)
    os.utime(file, (file.stat().st_mtime - 1, file.stat().st_mtime - 1))
    with lock.only_one(dev, "destroy"), local.left_as_it_was(dev, Progress()):
        running.append(ONE)
    assert running == []


def test_two_that_start_it_at_once_get_the_same_one(
    dev: Settings, blue: Settings, running: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, found = threading.Event(), threading.Event(), list[Any]()

    def start(settings: Settings) -> Any:
        begun.set()
        assert may_end.wait(10)
        running.append(SimpleNamespace(aws_port=settings.aws_port, code_version="now"))
        return running[-1]

    monkeypatch.setattr("cli.local._start", start)
    monkeypatch.setattr("cli.local.code_version", lambda _: "now")
    threads = [
        threading.Thread(target=lambda one=one: found.append(local.ensure_running(one, Progress())))
        for one in (dev, blue)
    ]
    threads[0].start()
    assert begun.wait(10)
    begun.clear()
    threads[1].start()
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert len(running) == 1
    assert found == [running[0], running[0]]
    assert not begun.is_set(), "the second did not start one"


def test_nothing_is_made_where_there_is_no_state_folder(dev: Settings) -> None:
    elsewhere = dataclasses.replace(dev, state_dir=dev.state_dir / "not there")
    with shared_daemon.gate(elsewhere):
        assert shared_daemon.others_at_work(elsewhere) is None
    assert not elsewhere.state_dir.exists()
