"""Private files that are replaced as a whole and say which program wrote them; a damaged or foreign one is told."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from embedded.private_folders import replace_private

_SCHEMA: Final = 1
"""Raised when what the file holds changes in a way that earlier code, or code from before, cannot read."""


class UnusableFile(Exception):
    """There is a file, but not one to read; the text says why, as the end of a sentence about it."""


@dataclass(frozen=True, kw_only=True)
class Stamped:
    """What a file holds: ``labels`` for people and programs, and the content itself."""

    labels: Mapping[str, Any]
    content: bytes


class StampedFile:
    """The file ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, stamped: Stamped) -> None:
        """Replace the file at once; a killed process leaves the old one or the new one.

        Raises:
            OSError: it cannot be written; the old one stays.
        """
        head = {**_stamp(), "sha256": hashlib.sha256(stamped.content).hexdigest(), "labels": dict(stamped.labels)}
        replace_private(self.path, json.dumps(head).encode() + b"\n" + stamped.content)

    def read(self) -> Stamped | None:
        """What it holds, or None where there is no file.

        Raises:
            UnusableFile: it is damaged, was written by other versions, or somebody else could have written it.
        """
        try:
            with self.path.open("rb") as file:
                _require_own(file.fileno())
                head_line, content = file.readline(), file.read()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise UnusableFile(f"cannot be read ({problem.strerror})") from problem
        try:
            head = json.loads(head_line)
            wrote = {name: head[name] for name in _stamp()}
            labels, digest = head["labels"], head["sha256"]
        except (ValueError, LookupError, TypeError) as problem:
            raise UnusableFile("is damaged") from problem
        if wrote != _stamp():
            differs = ", ".join(f"{name} {wrote[name]}" for name, mine in _stamp().items() if wrote[name] != mine)
            raise UnusableFile(f"was written by another version ({differs})")
        if hashlib.sha256(content).hexdigest() != digest:
            raise UnusableFile("is damaged")
        return Stamped(labels=labels, content=content)

    def sync(self) -> None:
        """Wait until the disk itself has what was written last."""
        for path, flags in ((self.path, os.O_RDONLY), (self.path.parent, os.O_RDONLY | os.O_DIRECTORY)):
            descriptor = os.open(path, flags)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _stamp() -> dict[str, str]:
    """Pickles are read by the very versions that wrote them, or not at all."""
    return {"schema": str(_SCHEMA), "moto": version("moto"), "Python": platform.python_version()}


def _require_own(descriptor: int) -> None:
    found = os.fstat(descriptor)
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022:
        raise UnusableFile("can be written by others than its owner")
