"""Whether the folders and files of the settings can be used, said before anything is begun in them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from embedded.private_folders import FOLDER_MODE, NotPrivateError, make_private
from settings.settings import Settings, SettingsError
from systems.checkout import ROOT

LOCK: Final = "deploy.lock"
"""File of the synthesis folder that a command holds while it writes there."""

_SHARED: Final = ("CDKTF_OUTDIR",)
"""Has nothing secret in it, so others may look."""
_SYNTHESISED: Final = frozenset({"manifest.json", "stacks", LOCK})
"""All that a synthesis folder holds."""
_LEAVINGS: Final = frozenset({"daemon.log", "daemon.lock"})
"""What an embedded AWS that could not start leaves."""


class ForeignFolderError(PermissionError):
    """A folder holds files that this program did not make."""


def require_usable(settings: Settings) -> tuple[Path, ...]:
    """Make the folders that this run writes to, for this user alone, and see that files can be made in them.

    Returns:
        The folders that were not there before, each before those in it.

    Raises:
        SettingsError: with one line for each folder that cannot be used; no folder was made then.
    """
    wanted = {"CDKTF_OUTDIR": settings.out_dir}
    if settings.is_local:
        wanted["STATE_DIR"] = settings.state_dir
    else:
        wanted["The checkout"] = settings.terraform_state.parent
    new = tuple(dict.fromkeys(path for folder in wanted.values() for path in _absent(folder)))
    problems = [problem for name, folder in wanted.items() if (problem := problem_of(name, folder)) is not None]
    if not problems and settings.is_local and settings.out_dir in (settings.state_dir, *settings.state_dir.parents):
        problems = [
            f"STATE_DIR={settings.state_dir} is in CDKTF_OUTDIR={settings.out_dir}, which synthesis has for itself; "
            "set one of them to another folder."
        ]
    if problems:
        remove_unused(new)
        raise SettingsError(problems)
    return new


def require_readable(settings: Settings) -> None:
    """For a command that only looks: see that STATE_DIR is one of ours if it is there, and make nothing.

    Raises:
        SettingsError: with one line.
    """
    if not settings.is_local:
        return
    folder = settings.state_dir
    is_there = folder.is_dir() or _file_in_the_way(folder) is not None
    if is_there and (problem := problem_of("STATE_DIR", folder)) is not None:
        raise SettingsError([problem])


def require_events_file(settings: Settings) -> None:
    """See that EVENTS_FILE, if there is one, can be appended to; nothing is written.

    Raises:
        SettingsError: with one line.
    """
    path = settings.events_file
    if path is not None and (reason := _unwritable(path)) is not None:
        raise SettingsError(
            [f"EVENTS_FILE={path} cannot be written to: {reason}; set EVENTS_FILE to a file that this user can make."]
        )


def problem_of_report(flag: str, path: Path, *, is_folder: bool) -> str | None:
    """One line when the file, or the files of the folder, that ``flag`` names cannot be written; else None.

    Nothing stays of the trial.
    """
    folder = path if is_folder else path.parent
    new = _absent(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder)
        reason = None if is_folder or not path.is_dir() else "it is a folder"
    except OSError as error:
        reason = _reason(folder, error)
    finally:
        remove_unused(new)
    return None if reason is None else f"{flag} {path} cannot be written to: {reason}; name another place."


def remove_unused(new: Iterable[Path]) -> None:
    """Remove folders that a refused run has made, as far as they are empty but for what was refused."""
    for folder in reversed(tuple(new)):
        for parent, _, files in os.walk(folder, topdown=False):
            if set(files) <= _LEAVINGS:
                try:
                    for name in files:
                        (Path(parent) / name).unlink()
                    Path(parent).rmdir()
                except OSError:
                    continue  # it has folders in use


def problem_of(name: str, folder: Path, *, probe: Callable[[Path], None] | None = None) -> str | None:
    """One line when ``folder``, which the setting ``name`` chose, cannot be made or written to; else None.

    ``probe`` writes to a folder that exists, or raises OSError.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if name in _SHARED:
            _require_ours(folder)
        (probe or _write)(folder)
        if name not in _SHARED:
            make_private(folder)
    except OSError as error:
        where = f"{name}={folder}" if name.isupper() else f"{name} ({ROOT})"
        what = "cannot be used" if isinstance(error, NotPrivateError | ForeignFolderError) else "cannot be written to"
        return f"{where} {what}: {_reason(folder, error)}; {_advice(name, error)}."
    return None


def _absent(folder: Path) -> list[Path]:
    """The folders that have to be made for ``folder``, the outermost first."""
    return [path for path in reversed((folder, *folder.parents)) if not path.exists()]


def _require_ours(folder: Path) -> None:
    """Raise ForeignFolderError when a synthesis folder holds anything that synthesis does not write."""
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in _SYNTHESISED)
    if foreign:
        raise ForeignFolderError(f"it holds other files than ours, such as {foreign[0]}")


def _unwritable(path: Path) -> str | None:
    """Why nothing can be appended to the file; None when it can. A pipe is not opened: its reader may come later."""
    try:
        if path.is_dir():
            return "it is a folder"
        if not path.parent.is_dir():
            return f"{path.parent} is no folder"
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)
    return None if os.access(path if path.exists() else path.parent, os.W_OK) else "this user may not"


def _write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _reason(folder: Path, error: OSError) -> str:
    in_the_way = _file_in_the_way(folder)
    if in_the_way is not None:
        return f"{in_the_way} is a file"
    if isinstance(error, NotPrivateError | ForeignFolderError):
        return str(error)
    return os.strerror(error.errno) if error.errno else str(error)


def _file_in_the_way(folder: Path) -> Path | None:
    return next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)


def _advice(name: str, error: OSError) -> str:
    if isinstance(error, ForeignFolderError):
        return f"set {name} to a new or empty folder"
    advice: Mapping[str, str] = {"The checkout": "make it writable"}
    return advice.get(name, f"set {name} to a folder that this user can write to")
