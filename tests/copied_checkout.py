"""A copy of the checkout for tests that change it, or that let a command write into it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from systems.checkout import ROOT

_PARTS: Final = (
    "Makefile",
    "cli",
    "embedded",
    "main.py",
    "modules",
    "mysfits",
    "requirements.txt",
    "services",
    "settings",
    "stacks",
    "systems",
    "website",
)


def copy_checkout(to: Path) -> Path:
    """Copy what commands and the embedded AWS need to the new folder ``to``, and return it."""
    to.mkdir()
    for part in _PARTS:
        if (ROOT / part).is_file():
            shutil.copyfile(ROOT / part, to / part)
        else:
            shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", ".terraform*"))
    return to
