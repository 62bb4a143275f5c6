from __future__ import annotations

import stat
from pathlib import Path

import pytest

from embedded.private_folders import NotPrivateError, make_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_an_empty_one_and_one_of_an_earlier_version_are_closed_to_others(tmp_path: Path) -> None:
    new, empty, earlier = (tmp_path / name for name in ("new", "empty", "earlier"))
    for folder in (empty, earlier):
        folder.mkdir()
        folder.chmod(0o755)  # whatever the umask
    (earlier / "daemon.lock").touch()
    state = earlier / "terraform" / "dev.tfstate"
    state.parent.mkdir(mode=0o755)
    state.touch()
    state.chmod(0o644)
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    (earlier / "link").symlink_to(outside)
    for folder in (new, empty, earlier):
        make_private(folder)
        assert mode(folder) == 0o700
    assert (mode(state.parent), mode(state), mode(outside)) == (0o700, 0o600, 0o644)


def test_a_folder_that_others_use_as_well_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "of somebody else").touch()
    with pytest.raises(NotPrivateError, match="others may look into"):
        make_private(shared)
    assert mode(shared) == 0o1777


def test_a_private_folder_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    make_private(tmp_path)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr("embedded.private_folders.os.getuid", lambda: owner + 1)
    with pytest.raises(NotPrivateError, match=f"belongs to user {owner}"):
        make_private(tmp_path)
