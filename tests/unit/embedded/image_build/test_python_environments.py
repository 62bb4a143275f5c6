"""Environments are made once for each lock, found again, never used half made."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from embedded.image_build import python_environments as module
from embedded.image_build.built_image import BuiltImage, Packages
from embedded.image_build.problems import ImageBuildError
from embedded.image_build.python_environments import PythonEnvironments, Say

LOCK = Packages(
    installs=(("--require-hashes", "-r", "requirements.txt"),), directory="/app", files=("requirements.txt",)
)
FILE = "requirements.txt"
OWN = Path(sys.executable)


class Machine:
    """A state folder, an image's files, and programs that are noted instead of run."""

    def __init__(self, folder: Path) -> None:
        self.state_dir, self.tree = folder / "state", folder / "tree"
        (self.tree / "app").mkdir(parents=True)
        self.lock("flask==3 --hash=sha256:ab\n")
        self.ran: list[Sequence[str]] = []
        self.said: list[str] = []
        self.fails = ""
        self.installed_here = False

    def lock(self, text: str) -> None:
        (self.tree / "app" / "requirements.txt").write_text(text)

    def run(self, command: Sequence[str], *, cwd: Path, say: Say) -> None:
        assert cwd.is_dir()
        assert callable(say)
        self.ran.append(command)
        if self.fails and self.fails in command:
            raise ImageBuildError("no network")
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True)

    def environments(self) -> PythonEnvironments:
        return PythonEnvironments(self.state_dir, are_installed=lambda _: self.installed_here)

    def provide(self, packages: Packages = LOCK) -> Path:
        return self.environments().provide(packages, self.tree, say=self.said.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(module, "_run", made.run)
    return made


def test_an_environment_is_made_once_and_told(machine: Machine) -> None:
    first = machine.provide()
    assert first.parent.parent == machine.state_dir / "environments"
    venv, pip = machine.ran
    assert venv == [str(OWN), "-I", "-m", "venv", "--without-pip", str(first.parent)]
    assert pip[:6] == [str(OWN), "-m", "pip", "--python", str(first / "python"), "install"]
    assert pip[-3:] == ["--require-hashes", "-r", str(machine.tree / "app" / "requirements.txt")]
    assert machine.said[0] == "Making a Python environment: pip install --require-hashes -r requirements.txt …"
    assert machine.said[-1].startswith("Made the Python environment in ")
    assert machine.provide() == first
    assert len(machine.ran) == 2


def test_another_text_or_another_install_is_another_environment(machine: Machine) -> None:
    first = machine.provide()
    machine.lock("flask==4 --hash=sha256:ab\n")
    second = machine.provide()
    third = machine.provide(Packages(installs=(("-r", FILE),), directory="/app", files=(FILE,)))
    assert len({first, second, third}) == 3


def test_the_place_of_the_file_does_not_matter(machine: Machine) -> None:
    (machine.tree / "lock.txt").write_text((machine.tree / "app" / "requirements.txt").read_text())
    elsewhere = Packages(installs=(("--require-hashes", "-r", "/lock.txt"),), files=("/lock.txt",))
    assert machine.provide() == machine.provide(elsewhere)


def test_one_that_was_not_finished_is_made_anew(machine: Machine) -> None:
    machine.fails = "pip"
    with pytest.raises(ImageBuildError, match="no network"):
        machine.provide()
    (half,) = [folder for folder in (machine.state_dir / "environments").iterdir() if folder.is_dir()]
    (half / "left").touch()
    machine.fails = ""
    assert machine.provide() == half / "bin"
    assert not (half / "left").exists()


def test_the_checkouts_own_environment_is_used_where_it_has_all_of_a_lock(machine: Machine) -> None:
    machine.installed_here = True
    assert machine.provide() == OWN.parent
    assert machine.ran == []
    more = Packages(installs=(*LOCK.installs, ("gunicorn",)), directory="/app", files=LOCK.files)
    assert machine.provide(more) != OWN.parent


def test_an_image_without_packages_gets_an_empty_environment(machine: Machine) -> None:
    machine.installed_here = True
    bare = machine.provide(Packages())
    assert machine.ran == [[str(OWN), "-I", "-m", "venv", "--without-pip", str(bare.parent)]]
    assert machine.said == []


def test_a_file_that_the_image_lacks_is_told(machine: Machine) -> None:
    for text in ("-r missing.txt\n", "-r ../../outside.txt\n"):
        machine.lock(text)
        with pytest.raises(ImageBuildError, match=r"reads requirements\.txt, which the image's files do not have"):
            machine.provide()
    assert machine.ran == []


def test_a_file_that_another_names_counts(machine: Machine) -> None:
    machine.lock("-r base.txt\n")
    (machine.tree / "app" / "base.txt").write_text("a==1\n")
    first = machine.provide()
    (machine.tree / "app" / "base.txt").write_text("a==2\n")
    assert machine.provide() != first


def test_another_python_is_used_where_it_is_and_told_where_not(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    first = machine.provide(Packages(python="3.99"))
    assert "There is no python3.99 on PATH" in machine.said[0]
    other = tmp_path / "python3.99"
    other.write_text("#!/bin/sh\necho CPython 3.99.1 x\n")
    other.chmod(0o700)
    monkeypatch.setattr(shutil, "which", lambda name: str(other) if name == "python3.99" else None)
    assert machine.provide(Packages(python="3.99")) != first
    assert machine.ran[-1][0] == str(other)


def test_only_environments_that_no_image_uses_are_removed(machine: Machine) -> None:
    used = machine.provide()
    machine.lock("other\n")
    unused = machine.provide()
    image = machine.state_dir / "images" / "shop-dev-like" / "abc"
    image.mkdir(parents=True)
    BuiltImage(base="python", working_directory="/", python_bin=str(used)).write(image)
    machine.environments().remove_unused(machine.state_dir / "images")
    assert used.is_dir()
    assert not unused.exists()


def test_a_program_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    said: list[str] = []
    code = "print('Collecting x'); print('ERROR: no such package'); raise SystemExit(3)"
    with pytest.raises(ImageBuildError, match=r"(?s)exit code 3: .*ERROR: no such package\nCorrect the requirements"):
        module._run([sys.executable, "-c", code], cwd=tmp_path, say=said.append)


def test_a_real_empty_environment_has_a_python_and_no_packages_of_ours(tmp_path: Path) -> None:
    environments = PythonEnvironments(tmp_path / "state")
    (tmp_path / "tree").mkdir()
    folder = environments.provide(Packages(), tmp_path / "tree", say=print)
    module._run(
        [str(folder / "python"), "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('quart') is not None)"],
        cwd=tmp_path,
        say=print,
    )
