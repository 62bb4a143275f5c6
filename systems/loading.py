"""Finding a system by its folder."""

from __future__ import annotations

import importlib
import re
import traceback
from pathlib import Path
from typing import Final

from systems.checkout import ROOT
from systems.system import System

_FOLDER: Final = re.compile(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*")


class UnknownSystemError(ValueError):
    """A folder has no system that can be used; the text says why in one line."""


def load(folder: str, *, root: Path = ROOT) -> System:
    """The value SYSTEM of ``system.py`` in a folder of the checkout, such as ``examples/shop``.

    Args:
        folder: relative to ``root``, with slashes.
        root: where Python looks for packages.

    Raises:
        UnknownSystemError: there is none, or it is not one.
    """
    folder = folder.removesuffix("/")
    file = f"{folder}/system.py"
    if not _FOLDER.fullmatch(folder) or not (root / file).is_file():
        found = ", ".join(sorted(_known(root)))
        raise UnknownSystemError(f"there is no {file} in {root}; it has systems in {found or 'no folder'}.")
    try:
        system = importlib.import_module(f"{folder.replace('/', '.')}.system").SYSTEM
    except Exception as problem:  # it is somebody's code, and anything can be wrong with it
        reason = "; ".join(traceback.format_exception_only(problem)[-1].strip().splitlines())
        raise UnknownSystemError(f"{file} cannot be used: {reason}") from problem
    if not isinstance(system, System):
        raise UnknownSystemError(f"SYSTEM in {file} is no System but {type(system).__name__}.")
    return system


def _known(root: Path) -> list[str]:
    """Folders with a ``system.py``, at most two deep, without the package of the values themselves."""
    files = [*root.glob("*/system.py"), *root.glob("*/*/system.py")]
    found = [file.parent.relative_to(root).as_posix() for file in files]
    return [folder for folder in found if _FOLDER.fullmatch(folder) and folder != "systems"]
