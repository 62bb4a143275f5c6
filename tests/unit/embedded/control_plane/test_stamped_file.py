"""Files that say who wrote them: what is read again, and what is refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedded.control_plane.stamped_file import Stamped, StampedFile, UnusableFile


@pytest.fixture
def file(tmp_path: Path) -> StampedFile:
    made = StampedFile(tmp_path / "folder" / "records.snapshot")
    made.write(Stamped(labels={"id": "one"}, content=b"first\nsecond"))
    return made


def test_what_was_written_is_read_again(file: StampedFile) -> None:
    assert file.read() == Stamped(labels={"id": "one"}, content=b"first\nsecond")
    file.write(Stamped(labels={"id": "two"}, content=b""))
    assert file.read() == Stamped(labels={"id": "two"}, content=b"")
    file.sync()


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert StampedFile(tmp_path / "none").read() is None


def test_it_is_private_and_leaves_nothing_beside_it(file: StampedFile) -> None:
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.path.parent.iterdir()] == ["records.snapshot"]


def test_a_half_written_file_of_a_killed_process_is_no_obstacle(file: StampedFile) -> None:
    file.path.with_suffix(".new").write_bytes(b"half")
    file.write(Stamped(labels={}, content=b"whole"))
    found = file.read()
    assert found is not None
    assert found.content == b"whole"


@pytest.mark.parametrize("cut", [0, 1, 10, -1, -5])
def test_a_file_that_was_cut_is_damaged(file: StampedFile, cut: int) -> None:
    file.path.write_bytes(file.path.read_bytes()[:cut])
    with pytest.raises(UnusableFile, match="is damaged"):
        file.read()


def test_a_changed_byte_is_damage(file: StampedFile) -> None:
    file.path.write_bytes(file.path.read_bytes().replace(b"second", b"sekond"))
    with pytest.raises(UnusableFile, match="is damaged"):
        file.read()


@pytest.mark.parametrize("name", ["schema", "moto", "Python"])
def test_another_version_is_named(file: StampedFile, name: str) -> None:
    head, _, rest = file.path.read_bytes().partition(b"\n")
    file.path.write_bytes(json.dumps({**json.loads(head), name: "0.1"}).encode() + b"\n" + rest)
    with pytest.raises(UnusableFile, match=rf"was written by another version \({name} 0\.1\)"):
        file.read()


def test_a_file_that_others_could_have_written_is_refused(file: StampedFile) -> None:
    file.path.chmod(0o620)
    with pytest.raises(UnusableFile, match="by others than its owner"):
        file.read()


def test_a_folder_in_its_place_is_refused(file: StampedFile) -> None:
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(UnusableFile, match="cannot be read"):
        file.read()


def test_a_write_that_fails_leaves_the_old_file(file: StampedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(OSError, match="no space"):
        file.write(Stamped(labels={}, content=b"new"))
    found = file.read()
    assert found is not None
    assert found.content == b"first\nsecond"
