"""Programs that no Python package brings: found on PATH, or installed from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli.errors import CommandError


def require_program(name: str, *, packages: Sequence[str]) -> Path:
    """Path of the program ``name``; where it is missing, ``packages`` are installed with apt-get.

    Raises:
        CommandError: it is missing and cannot be installed.
    """
    found = shutil.which(name)
    if found is None:
        _install(name, packages)
        found = shutil.which(name)
    if found is None:
        raise CommandError(f"apt-get installed {packages[0]}, but there is no {name} on PATH; put it there by hand.")
    return Path(found)


def _install(name: str, packages: Sequence[str]) -> None:
    how = f"install it by hand: apt-get install {packages[0]}"
    if shutil.which("apt-get") is None:
        raise CommandError(f"{name} is needed on PATH, and there is no apt-get to install it; {how}.")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        answer = subprocess.run(
            [*prefix, "apt-get", *arguments], env=environ, capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            reason = (answer.stderr or answer.stdout).strip().splitlines()[-1:]
            raise CommandError(f"apt-get {arguments[0]} for {name} failed: {' '.join(reason)}; {how}.")
