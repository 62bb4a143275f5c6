"""Folders that cannot be used are said in one line, with the file in the way or the system's reason."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from settings.folders import problem_of, remove_unused, require_events_file, require_readable, require_usable
from settings.settings import Settings, SettingsError


def test_a_folder_below_folders_that_do_not_exist_is_made_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    assert problem_of("CDKTF_OUTDIR", folder) is None
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not list(folder.iterdir())


@pytest.mark.parametrize("below", ["", "x", "x/y"])
def test_a_file_in_the_way_is_named(below: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = file / below
    assert problem_of("STATE_DIR", folder) == (
        f"STATE_DIR={folder} cannot be written to: {file} is a file; "
        "set STATE_DIR to a folder that this user can write to."
    )


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_the_systems_reason_is_told(number: int, tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise OSError(number, os.strerror(number), str(folder))

    problem = problem_of("STATE_DIR", tmp_path, probe=refuse)
    assert problem is not None
    assert os.strerror(number) in problem


def test_a_folder_that_no_one_can_make_is_told() -> None:
    problem = problem_of("CDKTF_OUTDIR", Path("/proc/nowhere/out"))
    assert problem is not None
    assert problem.startswith("CDKTF_OUTDIR=/proc/nowhere/out cannot be written to: ")


def test_every_folder_is_reported_together(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings = Settings.from_environ({"STATE_DIR": str(file), "CDKTF_OUTDIR": str(file / "out")})
    with pytest.raises(SettingsError) as caught:
        require_usable(settings)
    assert {problem.split("=")[0] for problem in caught.value.problems} == {"STATE_DIR", "CDKTF_OUTDIR"}


def test_a_state_folder_that_others_use_is_one_line_and_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "notes").touch()
    assert problem_of("STATE_DIR", shared) == (
        f"STATE_DIR={shared} cannot be used: others may look into {shared} and it holds other files than ours; "
        "set STATE_DIR to a folder that this user can write to."
    )
    assert shared.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["bin", ".profile", "README.md"])
def test_a_synthesis_folder_with_files_of_others_is_one_line_and_gets_nothing(name: str, tmp_path: Path) -> None:
    for ours in ("deploy.lock", "manifest.json", "stacks"):
        (tmp_path / ours).touch()
    assert problem_of("CDKTF_OUTDIR", tmp_path) is None
    (tmp_path / name).touch()
    assert problem_of("CDKTF_OUTDIR", tmp_path) == (
        f"CDKTF_OUTDIR={tmp_path} cannot be used: it holds other files than ours, such as {name}; "
        "set CDKTF_OUTDIR to a new or empty folder."
    )


@pytest.mark.parametrize("state", ["out", "out/state"])
def test_a_state_folder_in_the_synthesis_folder_is_refused_at_once(state: str, tmp_path: Path) -> None:
    folders = {"STATE_DIR": str(tmp_path / state), "CDKTF_OUTDIR": str(tmp_path / "out")}
    with pytest.raises(SettingsError, match="is in CDKTF_OUTDIR="):
        require_usable(Settings.from_environ(folders))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out" / "other").mkdir(parents=True)
    with pytest.raises(SettingsError, match="such as other; set CDKTF_OUTDIR"):
        require_usable(Settings.from_environ(folders))


def test_a_refused_folder_leaves_none_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "full" / "other").mkdir(parents=True)
    folders = {"STATE_DIR": str(tmp_path / "a" / "state"), "CDKTF_OUTDIR": str(tmp_path / "full")}
    with pytest.raises(SettingsError, match="CDKTF_OUTDIR"):
        require_usable(Settings.from_environ(folders))
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_unused_folders_go_and_what_somebody_put_there_stays(tmp_path: Path) -> None:
    folders = {"STATE_DIR": str(tmp_path / "a" / "state"), "CDKTF_OUTDIR": str(tmp_path / "b" / "out")}
    new = require_usable(Settings.from_environ(folders))
    assert set(new) == {tmp_path / "a", tmp_path / "a" / "state", tmp_path / "b", tmp_path / "b" / "out"}
    (tmp_path / "a" / "state" / "daemon.log").touch()
    (tmp_path / "a" / "state" / "terraform").mkdir()
    (tmp_path / "b" / "out" / "manifest.json").touch()
    remove_unused(new)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {
        "b",
        "b/out",
        "b/out/manifest.json",
    }


def test_a_command_that_looks_wants_no_folder_but_says_what_is_in_its_way(tmp_path: Path) -> None:
    require_readable(Settings.from_environ({"STATE_DIR": str(tmp_path / "none")}))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file is a file"):
        require_readable(Settings.from_environ({"STATE_DIR": str(tmp_path / "file" / "below")}))


@pytest.mark.parametrize(
    ("path", "reason"),
    [(".", "it is a folder"), ("none/events", "none is no folder"), ("x" * 300, "File name too long")],
)
def test_an_events_file_that_cannot_be_opened_is_one_line(path: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        require_events_file(Settings.from_environ({"EVENTS_FILE": str(tmp_path / path)}))
    (problem,) = caught.value.problems
    assert problem.startswith(f"EVENTS_FILE={tmp_path / path} cannot be written to: ")
    assert reason in problem


def test_an_events_file_that_can_be_made_is_not_made_yet(tmp_path: Path) -> None:
    require_events_file(Settings.from_environ({"EVENTS_FILE": str(tmp_path / "events")}))
    require_events_file(Settings.from_environ({}))
    assert list(tmp_path.iterdir()) == []
    os.mkfifo(tmp_path / "pipe")
    require_events_file(Settings.from_environ({"EVENTS_FILE": str(tmp_path / "pipe")}))  # its reader may come later


def test_the_folder_of_the_terraform_states_is_private_on_aws_too(tmp_path: Path) -> None:
    folder = tmp_path / ".aws-state"
    folder.mkdir(mode=0o755)
    (folder / "dev.tfstate").touch()
    assert problem_of("The checkout", folder) is None
    assert folder.stat().st_mode & 0o777 == 0o700
