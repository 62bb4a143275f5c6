"""Folders, files and Unix sockets that belong to one user of the machine and to nobody else."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from embedded.overriding import override

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
UMASK: Final = 0o077
"""For processes that write such files: what they make is then private from its first moment."""

_MAX_ADDRESS_BYTES: Final = 100
"""Linux takes 107 bytes as the address of a Unix socket, macOS 103."""


_OURS: Final = ("daemon.lock", "*.tfstate", "terraform")
"""Marks of a state folder that an earlier version made."""


class NotPrivateError(PermissionError):
    """A folder that has to be private is somebody else's, or others use it as well."""

    def __init__(self, message: str) -> None:
        super().__init__(errno.EPERM, message)

    @override
    def __str__(self) -> str:
        return str(self.strerror)  # for people, who do not count errors


def make_private(folder: Path) -> None:
    """Make ``folder`` with mode 700, or close an empty one or one of ours to others, with all that is in it.

    Any other folder is left as it is: it may be one that the whole machine uses, such as /tmp.

    Raises:
        NotPrivateError: others may look into it, and it is not ours to change.
        OSError: it cannot be made.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise NotPrivateError(f"{folder} belongs to user {found.st_uid}")
    if stat.S_IMODE(found.st_mode) == FOLDER_MODE:
        return
    if any(folder.iterdir()) and not any(path for mark in _OURS for path in folder.glob(mark)):
        raise NotPrivateError(f"others may look into {folder} and it holds other files than ours")
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent) / name for name in (*folders, *files)):
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~UMASK)
    folder.chmod(FOLDER_MODE)


def replace_private(path: Path, content: bytes) -> None:
    """Put a private file with this content in the place of ``path``; a killed process leaves the old or the new one.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
        file.write(content)
    fresh.replace(path)


def socket_path(folder: Path, name: str) -> Path:
    """Where the Unix socket ``name`` of the private ``folder`` lies: in it, or in a folder that stands for it.

    A socket's address is limited to about a hundred bytes. For a longer path a private folder below the system's
    temporary one is made, the same at every call with the same ``folder``.

    Raises:
        NotPrivateError: somebody else made the folder below the temporary one.
    """
    path = folder.resolve() / name
    if len(os.fsencode(path)) <= _MAX_ADDRESS_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    stand_in = Path(tempfile.gettempdir()) / f"embedded-aws-{os.getuid()}-{digest}"
    if stand_in.is_symlink():
        raise NotPrivateError(f"{stand_in} is a link that this program did not make; remove it")
    make_private(stand_in)
    return stand_in / name


def remove_socket(path: Path, *, folder: Path) -> None:
    """Remove a socket that ``socket_path(folder, …)`` placed; also the folder that stood for ``folder``, once empty."""
    path.unlink(missing_ok=True)
    if path.parent != folder.resolve() and path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
