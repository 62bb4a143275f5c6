"""A daemon and a checkout agree on the code exactly as long as nobody edits it."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.code_version import code_version


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "embedded" / "alb").mkdir(parents=True)
    (tmp_path / "embedded" / "daemon.py").write_text("one\n")
    (tmp_path / "embedded" / "alb" / "proxy.py").write_text("two\n")
    (tmp_path / "requirements.txt").write_text("moto==5\n")
    return tmp_path


def test_the_same_files_have_the_same_version(checkout: Path) -> None:
    assert code_version(checkout) == code_version(checkout)


@pytest.mark.parametrize("name", ["embedded/daemon.py", "embedded/alb/proxy.py", "requirements.txt", "embedded/new.py"])
def test_an_edited_or_added_file_is_another_version(checkout: Path, name: str) -> None:
    before = code_version(checkout)
    (checkout / name).write_text("edited\n")
    assert code_version(checkout) != before


def test_a_removed_or_moved_file_is_another_version(checkout: Path) -> None:
    before = code_version(checkout)
    (checkout / "embedded" / "daemon.py").rename(checkout / "embedded" / "alb" / "daemon.py")
    assert code_version(checkout) != before


def test_other_files_do_not_count(checkout: Path) -> None:
    before = code_version(checkout)
    (checkout / "README.md").write_text("text\n")
    assert code_version(checkout) == before
