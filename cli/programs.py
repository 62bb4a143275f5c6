"""Programs that no Python package brings and that a person installs: found on PATH, or named with their package."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.errors import CommandError


def require_program(name: str, *, package: str) -> Path:
    """Path of the program ``name``, which Debian has in ``package``.

    Raises:
        CommandError: it is not on PATH; the message has the command that installs it.
    """
    found = shutil.which(name)
    if found is None:
        raise CommandError(
            f"{name} is needed and not on PATH; install it and try again: sudo apt-get install {package}"
        )
    return Path(found)
