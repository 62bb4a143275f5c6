"""What folders a command makes, and which it leaves behind when it is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cli import command_line, lock
from cli.errors import CommandError
from tests.unit.cli.conftest import World

LOOKING = (
    "status",
    "state",
    "env",
    "releases",
    "audit",
    "shadow",
    "run-task",
    "compare",
    "record",
    "canary-key",
    "down",
)


@pytest.mark.parametrize("command", LOOKING)
def test_a_command_that_only_looks_makes_no_folder(
    command: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "state", SimpleNamespace(read=lambda _: None))
    monkeypatch.setattr(command_line, "only_one", lock.only_one)
    monkeypatch.setattr("cli.terraform_setup.find_provider_mirror", lambda _: tmp_path)
    world.addresses = []
    command_line.main([command])
    assert list(tmp_path.iterdir()) == []
    if command not in {"env", "down"}:
        said = capsys.readouterr().err.splitlines()[-1]
        assert said == "Nothing is deployed as mysfits-dev with TARGET=local; run make deploy."


@pytest.mark.parametrize("command", ["deploy", "plan", "rollback", "destroy"])
@pytest.mark.parametrize("exit_code", [1, 2])
def test_what_is_refused_leaves_no_folder_that_it_made(
    command: str, exit_code: int, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command_line, "only_one", lock.only_one)
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "deep" / "state"))
    world.fails = CommandError("ALB_PORT=8080 is taken", exit_code=exit_code)
    assert command_line.main([command]) == exit_code
    assert {path.name for path in tmp_path.iterdir()} == (set() if exit_code == 2 else {"deep", "out"})


def test_what_is_refused_leaves_folders_that_were_there(world: World, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "state" / "kept").mkdir(parents=True)
    (tmp_path / "state").chmod(0o700)
    world.fails = CommandError("ALB_PORT=8080 is taken", exit_code=2)
    assert command_line.main(["deploy"]) == 2
    assert (tmp_path / "out").is_dir()
    assert (tmp_path / "state" / "kept").is_dir()
