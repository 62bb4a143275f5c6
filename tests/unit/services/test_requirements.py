"""The lock of the services' packages names each one once, with hashes; images and this machine have just that."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from systems.checkout import ROOT

SERVICES = ROOT / "services"
DIGEST = "[0-9a-f]{64}"


def locked() -> list[str]:
    """Each requirement of the lock with its hashes, as one line."""
    text = (SERVICES / "requirements.txt").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def requirements(path: Path) -> list[Requirement]:
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


def test_every_locked_package_has_one_version_and_hashes() -> None:
    for line in locked():
        assert re.fullmatch(rf"[a-z0-9-]+==\S+( ; .*?)?(\s+--hash=sha256:{DIGEST})+", line.strip()), line


def test_the_lock_has_what_is_named_and_names_no_registry() -> None:
    versions = {line.split()[0] for line in locked()}
    assert {str(named) for named in requirements(SERVICES / "requirements.in")} <= versions
    assert "://" not in (SERVICES / "requirements.txt").read_text()


@pytest.mark.parametrize("line", locked(), ids=lambda line: line.partition("=")[0])
def test_what_is_installed_here_is_what_is_locked(line: str) -> None:
    wanted = Requirement(line.partition("--hash")[0].strip())
    if wanted.marker is None or wanted.marker.evaluate():
        assert wanted.specifier.contains(version(canonicalize_name(wanted.name))), "run pip install -r requirements.txt"


def test_images_are_built_from_a_digest_and_take_no_package_without_a_hash() -> None:
    lines = (SERVICES / "Dockerfile").read_text().splitlines()
    bases = [line for line in lines if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(rf"FROM \S+@sha256:{DIGEST}( AS \w+)?", line) for line in bases)
    installs = [line for line in lines if "pip install" in line]
    assert installs == ["RUN pip install --require-hashes -r services/requirements.txt"]
