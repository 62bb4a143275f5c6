"""Requirements files: what they name, and whether an interpreter has all that a lock pins."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from embedded.image_build.requirements_file import are_installed, lines, with_those_it_names
from embedded.settings import ROOT

LOCK = """# made by a tool
flask==3.1.0 \\
    --hash=sha256:ab \\
    --hash=sha256:cd
    # via app
Quart==0.20 --hash=sha256:ef
"""
INSTALLED = {"flask": "3.1.0", "Quart": "0.20.0"}


def version_of(name: str) -> str:
    if name not in INSTALLED:
        raise importlib.metadata.PackageNotFoundError(name)
    return INSTALLED[name]


def test_continued_lines_are_joined_and_comments_left_out() -> None:
    assert lines("a==1 \\\n  --x # y\n#z\n\nb#c\n") == ("a==1 --x", "b#c")


def test_a_lock_whose_packages_are_all_there_at_their_version() -> None:
    assert are_installed(LOCK, version_of=version_of)


@pytest.mark.parametrize(
    "other",
    [
        "flask==3.1.1 --hash=sha256:ab",
        "missing==1 --hash=sha256:ab",
        "flask==3.1.0",
        "flask>=3.1.0 --hash=sha256:ab",
        "flask==3.1.0,<4 --hash=sha256:ab",
        "flask @ https://host/flask.whl --hash=sha256:ab",
        "-r other.txt",
        "--index-url https://host",
        "!!! --hash=sha256:ab",
    ],
)
def test_any_other_version_or_a_file_that_does_not_say_all_is_not(other: str) -> None:
    assert not are_installed(f"{LOCK}{other}\n", version_of=version_of)


def test_a_package_for_another_machine_is_not_asked_for() -> None:
    assert are_installed(f"{LOCK}colorama==1 ; sys_platform == 'win32' --hash=sha256:ab\n", version_of=version_of)
    assert not are_installed(f"{LOCK}colorama==1 ; sys_platform != 'win32' --hash=sha256:ab\n", version_of=version_of)


def test_the_services_lock_is_installed_here_or_the_deploy_gets_slow() -> None:
    assert are_installed((ROOT / "services" / "requirements.txt").read_text(encoding="utf-8"))


def test_files_that_a_file_names_are_found_each_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a.txt").write_text("-r in/b.txt\n--constraint=in/c.txt\nflask\n")
    (tmp_path / "in" / "b.txt").write_text("-r ../a.txt\n-c c.txt\n")
    (tmp_path / "in" / "c.txt").write_text("flask==3\n")
    assert {path.name for path in with_those_it_names(tmp_path / "a.txt")} == {"a.txt", "b.txt", "c.txt"}
    (tmp_path / "a.txt").write_text("-r missing.txt\n")
    with pytest.raises(FileNotFoundError):
        list(with_those_it_names(tmp_path / "a.txt"))
