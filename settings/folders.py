"""Whether the folders of the settings can be used, said before anything is begun in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from embedded.private_folders import FOLDER_MODE, NotPrivateError, make_private
from settings.settings import Settings, SettingsError
from systems.checkout import ROOT

_SHARED: Final = ("CDKTF_OUTDIR",)
"""Has nothing secret in it, so others may look."""


def require_usable(settings: Settings) -> None:
    """Make the folders that this run writes to, for this user alone, and see that files can be made in them.

    Raises:
        SettingsError: with one line for each folder that cannot be used.
    """
    wanted = {"CDKTF_OUTDIR": settings.out_dir}
    if settings.is_local:
        wanted["STATE_DIR"] = settings.state_dir
    problems = [problem for name, folder in wanted.items() if (problem := problem_of(name, folder)) is not None]
    if not settings.is_local and (problem := problem_of("The checkout", settings.terraform_state.parent)) is not None:
        problems.append(problem)
    if problems:
        raise SettingsError(problems)


def problem_of(name: str, folder: Path, *, probe: Callable[[Path], None] | None = None) -> str | None:
    """One line when ``folder``, which the setting ``name`` chose, cannot be made or written to; else None.

    ``probe`` writes to a folder that exists, or raises OSError.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        (probe or _write)(folder)
        if name not in _SHARED:
            make_private(folder)
    except OSError as error:
        where = f"{name}={folder}" if name.isupper() else f"{name} ({ROOT})"
        what = "cannot be used" if isinstance(error, NotPrivateError) else "cannot be written to"
        return f"{where} {what}: {_reason(folder, error)}; {_advice(name)}."
    return None


def _write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _reason(folder: Path, error: OSError) -> str:
    in_the_way = next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)
    if in_the_way is not None:
        return f"{in_the_way} is a file"
    if isinstance(error, NotPrivateError):
        return str(error)
    return os.strerror(error.errno) if error.errno else str(error)


def _advice(name: str) -> str:
    advice: Mapping[str, str] = {"The checkout": "make it writable"}
    return advice.get(name, f"set {name} to a folder that this user can write to")
