"""The lock of the services' packages, put to use: the same bits each time, on every machine that services run on."""

from __future__ import annotations

import subprocess
import sys
from email.parser import HeaderParser
from hashlib import sha256
from pathlib import Path

import pytest

from systems.checkout import ROOT

LOCK = "services/requirements.txt"


def uv(*arguments: str) -> None:
    program = Path(sys.executable).with_name("uv")
    subprocess.run([str(program), *arguments, "--quiet"], cwd=ROOT, check=True, timeout=120)


def installed(folder: Path) -> dict[str, tuple[str, str]]:
    """Version and digest of RECORD, which has the digests of all files, by name."""
    found = {}
    for metadata in folder.glob("*.dist-info/METADATA"):
        head = HeaderParser().parsestr(metadata.read_text(encoding="utf-8"))
        record = metadata.with_name("RECORD").read_bytes()
        found[head["Name"]] = (head["Version"], sha256(record).hexdigest())
    return found


def test_two_environments_from_the_lock_have_the_same_bits(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    uv("pip", "install", "--require-hashes", "--no-deps", "--target", str(one), "-r", LOCK)
    uv("pip", "install", "--require-hashes", "--no-deps", "--no-cache", "--target", str(two), "-r", LOCK)
    assert len(installed(one)) > 30
    assert installed(one) == installed(two)


@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_package_comes_as_a_wheel_on_both_of_fargates_architectures(
    architecture: str, python: str, tmp_path: Path
) -> None:
    where = ["--python-platform", f"{architecture}-manylinux_2_28", "--python-version", python]
    wanted = ["--require-hashes", "--only-binary", ":all:", "--target", str(tmp_path), "-r", LOCK]
    uv("pip", "install", "--dry-run", *where, *wanted)


def test_make_lock_would_write_what_is_there(tmp_path: Path) -> None:
    again = tmp_path / "requirements.txt"
    again.write_bytes((ROOT / LOCK).read_bytes())
    subprocess.run(["make", "lock", f"LOCK={again}"], cwd=ROOT, check=True, timeout=120)
    assert again.read_text() == (ROOT / LOCK).read_text()
