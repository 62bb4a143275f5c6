"""No file of code is longer than a reader keeps in mind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from systems.checkout import ROOT

LONGEST: Final = 300
CODE: Final = {".py", ".tf", ".hcl", ".js", ".css", ".html", ".lua", ".sh"}
NOT_OURS: Final = {"node_modules", "cdktf.out", "hcl.out", "rehearsal", "__pycache__"}
"""Folders that commands write."""


def code() -> Iterator[Path]:
    for parent, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.startswith(".")]
        yield from (Path(parent, name) for name in files if Path(name).suffix in CODE)


def test_no_file_has_more_than_300_lines() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in code()}
    assert len(lengths) > 500
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
