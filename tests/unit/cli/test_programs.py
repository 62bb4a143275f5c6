"""A missing program is named with the command that installs it; nothing is installed."""

from __future__ import annotations

import shutil

import pytest

from cli.errors import CommandError
from cli.programs import require_program


def test_a_program_on_path_is_found() -> None:
    assert require_program("sh", package="dash").name == "sh"


def test_a_missing_program_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CommandError, match=r"^h2load is needed .*: sudo apt-get install nghttp2-client$"):
        require_program("h2load", package="nghttp2-client")
