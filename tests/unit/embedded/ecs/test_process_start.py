"""A container's process starts with its own environment, folder and process group, and nothing of this one's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from embedded.ecs.process import ContainerProcess

SHOW = """
import os, sys
print(os.getcwd())
print(os.getsid(0) == os.getpid())
print(sorted(os.environ))
print("on standard error", file=sys.stderr)
print(repr(sys.stdin.read()))
sys.exit(3)
"""


async def test_a_container_has_what_it_was_given_and_its_lines_come_out(tmp_path: Path) -> None:
    lines: list[str] = []
    process = await ContainerProcess.start(
        command=[sys.executable, "-c", SHOW],
        directory=tmp_path,
        environment={"GREETING": "hello"},
        on_line=lines.append,
    )
    assert await process.wait() == 3
    said = [os.fspath(tmp_path), "True", "['GREETING', 'LC_CTYPE']", "on standard error", "''"]
    assert sorted(lines) == sorted(said)


async def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        await ContainerProcess.start(
            command=[os.fspath(tmp_path / "nothing")],
            directory=tmp_path / "nowhere",
            environment={},
            on_line=lambda _: None,
        )
