"""Folders that cannot be used are said in one line, with the file in the way or the system's reason."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from settings.folders import problem_of, require_usable
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
    assert problem_of("CDKTF_OUTDIR", shared) is None


def test_the_folder_of_the_terraform_states_is_private_on_aws_too(tmp_path: Path) -> None:
    folder = tmp_path / ".aws-state"
    folder.mkdir(mode=0o755)
    (folder / "dev.tfstate").touch()
    assert problem_of("The checkout", folder) is None
    assert folder.stat().st_mode & 0o777 == 0o700
