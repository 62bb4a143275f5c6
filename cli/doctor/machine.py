"""Checks of this machine that matter for both targets."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from cli import terraform_setup
from cli.doctor.check import Check
from cli.errors import CommandError
from settings.settings import Settings

_PYTHON: Final = (3, 11)
_NEEDED_BYTES: Final = 2**30
"""In each folder: the provider has 0.7 GB unpacked, images with their Python environments half a gigabyte."""

_GNU_MAKE: Final = re.compile(r"GNU Make (\S+)")


def checks(settings: Settings) -> list[Check]:
    """Look at this machine, and change nothing.

    Returns:
        A check of each thing that every deploy needs.
    """
    return [
        python(sys.version_info[:3]),
        _terraform(),
        make(_answer_of("make", "--version")),
        disk("STATE_DIR", settings.state_dir, free_bytes=_free_bytes(settings.state_dir)),
        disk("CDKTF_OUTDIR", settings.out_dir, free_bytes=_free_bytes(settings.out_dir)),
    ]


def python(version: tuple[int, ...]) -> Check:
    """Whether this Python is new enough."""
    wanted = ".".join(map(str, _PYTHON))
    old = version[: len(_PYTHON)] < _PYTHON
    mend = f"{wanted} or newer is needed: set PYTHON to one, and remove .venv" if old else ""
    return Check(name="Python", found=".".join(map(str, version)), mend=mend)


def terraform(version: str, *, problem: str) -> Check:
    """Whether Terraform is there and fits ``required_version``; ``problem``: why none can be used, empty if one can."""
    if problem:
        what, _, mend = problem.partition("; ")
        return Check(name="Terraform", found=what, mend=mend.rstrip("."))
    return Check(name="Terraform", found=version)


def make(told: str) -> Check:
    """Whether make is GNU make; ``told``: what ``make --version`` prints, empty without any."""
    version = _GNU_MAKE.search(told)
    if version is None:
        return Check(name="make", found="no GNU make on PATH", mend="install it, on Debian: sudo apt-get install make")
    return Check(name="make", found=f"GNU Make {version[1]}")


def disk(name: str, folder: Path, *, free_bytes: int) -> Check:
    """Whether there is room in the folder that the setting ``name`` chose."""
    short = free_bytes < _NEEDED_BYTES
    mend = f"{_gigabytes(_NEEDED_BYTES)} are needed: make room, or set {name} to a folder that has it" if short else ""
    return Check(name=f"Disk for {name}", found=f"{_gigabytes(free_bytes)} free at {folder}", mend=mend)


def _gigabytes(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


def _terraform() -> Check:
    try:
        path = terraform_setup.require_terraform()
    except CommandError as problem:
        return terraform("", problem=str(problem))
    return terraform(_first_line(_answer_of(path, "version")).removeprefix("Terraform v"), problem="")


def _free_bytes(folder: Path) -> int:
    """Of the file system that the folder is in, or will be."""
    there = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(there).free


def _answer_of(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
