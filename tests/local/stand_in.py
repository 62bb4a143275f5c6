"""What stands in for the official Python image, which comes from a registry: Debian's Python with Debian's pip."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from systems.checkout import ROOT
from systems.service import Image
from tests.local.docker_engine import CONFINED, Engine

BASE: Final = "stand-in:python"

# Packages are unpacked, not configured; so what their scripts would have made is made here.
_PACKAGES: Final = "base-files,base-passwd,coreutils,findutils,dash,passwd,libc-bin,python3.11-minimal,python3-pip"
_FINISH: Final = r"""
cd "$1"
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
mkdir -p usr/local/bin
ln -s /usr/bin/python3.11 usr/local/bin/python
rm usr/lib/python3.11/EXTERNALLY-MANAGED
printf '[global]\nno-index = true\nfind-links = /wheels\n' > etc/pip.conf
"""


def make_base(engine: Engine, folder: Path, *, requirements: Iterable[Path]) -> None:
    """Give the engine the image BASE.

    Where packages come from is this machine's matter. So the pip of these tests, which knows, fetches them, and the
    image has them in a folder, in which its own pip finds them: a build asks no network.

    Args:
        folder: an empty one to work in.
        requirements: files that pin all that is to be installed.
    """
    wheels, archive = folder / "wheels", folder / "base.tar"
    finish = f'--extract-hook=sh -ec {shlex.quote(_FINISH)} sh "$1"'
    make = ["mmdebstrap", "--quiet", "--variant=extract", f"--include={_PACKAGES}", finish, "bookworm", str(archive)]
    commands = [[*CONFINED, *make], *(_fetching(file, wheels) for file in requirements)]
    with ThreadPoolExecutor() as pool:
        for work in [pool.submit(_run, command, temporary=folder) for command in commands]:
            work.result()
    with tarfile.open(archive, "a") as tar:
        tar.add(wheels, "wheels")
    engine.docker("import", str(archive), BASE)


def on_stand_in(image: Image, folder: Path) -> Image:
    """``image`` from a copy of its Dockerfile in ``folder`` that begins with BASE, and otherwise is what it was."""
    text = (ROOT / image.root / image.dockerfile).read_text()
    copy, replaced = re.subn(r"^FROM python:3\.11\S*$", f"FROM {BASE}", text, flags=re.MULTILINE)
    assert replaced == len(re.findall(r"^\s*FROM\b", text, re.MULTILINE | re.IGNORECASE)) == 1, text
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(copy)
    return replace(image, dockerfile=str(dockerfile))


def _fetching(requirements: Path, wheels: Path) -> list[str]:
    # Files that pin everything: what a package needs is among them, for whichever Python.
    what = ["--no-deps", "--only-binary=:all:", "--implementation=cp", "--python-version=3.11"]
    where = [f"--platform={name}_x86_64" for name in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")]
    pip = [sys.executable, "-m", "pip", "download", "--quiet"]
    return [*pip, *what, *where, f"--dest={wheels}", f"--requirement={requirements}"]


def _run(command: list[str], *, temporary: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(temporary)}
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{' '.join(command)}:\n{answer.stdout}{answer.stderr}"
