"""What several modules of live tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from cli import aws as clients
from cli.command_line import main
from tests.local.bad_place import Answer, Place
from tests.local.toy_service import ToyService
from tests.support import EmbeddedAws


@pytest.fixture
def toy(aws: EmbeddedAws) -> Iterator[ToyService]:
    """A toy service in the embedded AWS of the module that asks for it, not created yet."""
    service = ToyService(aws)
    yield service
    service.delete()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def run(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, Mapping[str, str]], Answer]:
    """Run a command of make in this process, in ``place``."""

    def call(command: str, variables: Mapping[str, str]) -> Answer:
        for name in list(os.environ):
            if name.startswith("AWS_") or name in {"TARGET", "ENV", "STAGE", "REGION"}:
                monkeypatch.delenv(name)
        for name, value in {**place.variables, **variables}.items():
            monkeypatch.setenv(name, value)
        clients._session.cache_clear()  # a command of its own process finds the credentials of its own environment
        code = main([command])
        out, err = capsys.readouterr()
        return code, out, err

    return call
