"""How long a command waits for another one: for its name, and for a Terraform that its deployer left behind."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli import lock
from cli.errors import CommandError
from settings.settings import Settings


class Clock:
    """Time that only sleeping moves; ``then`` is called at every sleep."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.then: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.then()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(lock, "time", SimpleNamespace(monotonic=made.monotonic, sleep=made.sleep))
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environ({"STATE_DIR": str(tmp_path / "state"), "CDKTF_OUTDIR": str(tmp_path / "out")})


def refused(settings: Settings) -> str:
    with pytest.raises(CommandError) as caught, lock.only_one(settings, "deploy"):
        pass
    return str(caught.value)


def test_a_holder_that_never_says_its_name_is_told_without_it_after_half_a_second(
    settings: Settings, clock: Clock
) -> None:
    path = settings.terraform_state.parent / "_deploy-mysfits-dev.lock"
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert refused(settings) == "Another command is at work; wait for its end. Nothing was changed."
    assert 100.5 <= clock.seconds < 100.6


def test_a_holder_that_has_just_begun_is_given_the_time_to_say_its_name(settings: Settings, clock: Clock) -> None:
    path = settings.terraform_state.parent / "_deploy-mysfits-dev.lock"
    with lock.only_one(settings, "rollback"):
        name = path.read_text()
        path.write_text(json.dumps({"pid": 1}))  # of another version, or half of it
        clock.then = lambda: path.write_text(name)
        assert refused(settings).startswith("make rollback of mysfits-dev (process ")
    assert 100 < clock.seconds < 100.2


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "mysfits-dev.tfstate"
    path.write_text("{}")
    return path


def test_a_terraform_at_work_is_waited_for_and_said_once(
    state: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [True, True, True, False]
    monkeypatch.setattr(lock, "is_locked", lambda path: path == state and answers.pop(0))
    said: list[str] = []
    lock.wait_for_terraform(state, say=said.append)
    assert said == ["Terraform of an earlier run still works; waiting for its end"]
    assert (answers, 100 < clock.seconds < 101) == ([], True)


def test_a_terraform_without_an_end_is_an_error_after_ten_minutes(
    state: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "is_locked", lambda _: True)
    said: list[str] = []
    with pytest.raises(CommandError, match=f"held its lock on {state} for 10 minutes; see what") as failed:
        lock.wait_for_terraform(state, say=said.append)
    assert failed.value.exit_code == 1
    assert 700 <= clock.seconds < 701
    assert len(said) == 1


@pytest.mark.parametrize("refusal", [BlockingIOError, PermissionError])
def test_a_lock_of_another_process_is_one_whichever_way_the_system_says_so(
    state: Path, monkeypatch: pytest.MonkeyPatch, refusal: type[OSError]
) -> None:
    asked: list[int] = []

    def lockf(_file: object, operation: int) -> None:
        asked.append(operation)
        raise refusal

    monkeypatch.setattr(lock, "fcntl", SimpleNamespace(lockf=lockf, LOCK_EX=fcntl.LOCK_EX, LOCK_NB=fcntl.LOCK_NB))
    assert lock.is_locked(state)
    assert asked == [fcntl.LOCK_EX | fcntl.LOCK_NB], "without waiting"
    assert state.read_text() == "{}"


def test_a_state_that_nobody_locks_is_free(state: Path) -> None:
    assert not lock.is_locked(state)
    assert not lock.is_locked(state), "looking leaves no lock"
