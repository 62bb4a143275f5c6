"""Requirements files: which packages they pin, and which files they name."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

_CONTINUED: Final = re.compile(r"\s*\\\r?\n\s*")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_NAMED: Final = re.compile(r"(?:-r|-c|--requirement|--constraint)[ =]*(\S+)")
_HASH: Final = re.compile(r"\s--hash[ =]\S+")


def lines(text: str) -> tuple[str, ...]:
    """The lines of a requirements file without comments, continued ones joined."""
    joined = _CONTINUED.sub(" ", text).splitlines()
    return tuple(line for line in (_COMMENT.sub("", line).strip() for line in joined) if line)


def with_those_it_names(path: Path) -> Iterator[Path]:
    """The file, and every file that it names, and so on.

    Raises:
        OSError: one of them cannot be read.
    """
    waiting, seen = [path], set()
    while waiting:
        file = waiting.pop().resolve()
        if file in seen:
            continue
        seen.add(file)
        yield file
        named = [_NAMED.match(line) for line in lines(file.read_text(encoding="utf-8"))]
        waiting += [file.parent / match[1] for match in named if match is not None]


def are_installed(text: str, *, version_of: Callable[[str], str] = importlib.metadata.version) -> bool:
    """Whether this interpreter has every package of a lock, at the very version.

    Args:
        text: of the lock: every line pins a package by version and hashes. Of any other file the answer is False, as it
            does not say all that it would install.
        version_of: of an installed package; raises PackageNotFoundError.
    """
    for line in lines(text):
        if line.startswith("-"):
            return False
        wanted, hashes = _HASH.subn("", line)
        try:
            requirement = Requirement(wanted)
        except InvalidRequirement:
            return False
        pins = list(requirement.specifier)
        if not hashes or len(pins) != 1 or pins[0].operator != "==" or requirement.url is not None:
            return False
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            if Version(version_of(requirement.name)) != Version(pins[0].version):
                return False
        except (importlib.metadata.PackageNotFoundError, InvalidVersion):
            return False
    return True
