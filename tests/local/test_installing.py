"""What ``make`` installs goes through uv, and through pip where uv cannot; what it starts keeps its bytecode."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from systems.checkout import ROOT

_PROGRAM = '#!/bin/sh\necho "$(basename "$0") $*" >> calls\nexit {code}\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile beside what it reads, and an environment that only writes down what it is called with."""
    programs, services = tmp_path / ".venv" / "bin", tmp_path / "services"
    programs.mkdir(parents=True)
    services.mkdir()
    for name in ("Makefile", "requirements-uv.txt", "requirements.txt", "services/requirements.in"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copyfile(ROOT / "services" / "requirements.txt", services / "requirements.txt")
    _program(programs / "python", code=0)
    return tmp_path


def _program(path: Path, *, code: int) -> None:
    path.write_text(_PROGRAM.format(code=code))
    path.chmod(0o755)


def _install(checkout: Path, *, code_of_uv: int) -> tuple[list[str], str]:
    """The calls, and what was said."""
    _program(checkout / ".venv" / "bin" / "uv", code=code_of_uv)
    answer = subprocess.run(
        ["make", "-s", ".venv/.deploy-ready"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert (checkout / ".venv" / ".deploy-ready").is_file()
    return (checkout / "calls").read_text().splitlines(), answer.stderr


_PIP = "python -m pip install --quiet --disable-pip-version-check"
_UV = "uv pip install --quiet --python .venv/bin/python"
_LOCK, _REST = "--require-hashes -r services/requirements.txt", "-r requirements.txt"


def test_uv_installs_the_lock_alone_and_then_the_rest(checkout: Path) -> None:
    calls, said = _install(checkout, code_of_uv=0)
    assert calls == [f"{_PIP} -r requirements-uv.txt", f"{_UV} {_LOCK}", f"{_UV} {_REST}"]
    assert "pip" not in said


def test_where_uv_cannot_pip_installs_the_same(checkout: Path) -> None:
    calls, said = _install(checkout, code_of_uv=2)
    assert calls[1:] == [f"{_UV} {_LOCK}", f"{_PIP} {_LOCK}", f"{_UV} {_REST}", f"{_PIP} {_REST}"]
    assert said.count("pip, which has settings of its own, tries it") == 2


def test_commands_keep_bytecode_whatever_the_shell_says(checkout: Path) -> None:
    _install(checkout, code_of_uv=0)
    (checkout / ".venv" / "bin" / "python").write_text('#!/bin/sh\necho "$* [$PYTHONDONTWRITEBYTECODE]"\n')
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        ["make", "-s", "status"], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "-m cli status []"
