"""A built image on disk: a folder with the image's file tree and a document that says how to run it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from embedded.private_folders import replace_private

_FILE: Final = "image.json"
_TREE: Final = "files"
_PATH: Final = re.compile(r"(?<![\w./~-])/[^\s'\":;,=]+")


@dataclass(frozen=True, kw_only=True)
class Packages:
    """The Python packages of an image.

    Attributes:
        python: version of Python that its base image names, such as "3.11"; empty when it names none.
        installs: the arguments of each ``pip install``, in order.
        directory: the working directory that paths in them are relative to.
        files: paths of requirements files among them.
    """

    python: str = ""
    installs: tuple[tuple[str, ...], ...] = ()
    directory: str = "/"
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """How to run an image.

    Attributes:
        base: name of its base image.
        working_directory: absolute path within the image.
        environment: variables that the image sets.
        entrypoint, command: what it starts, the second one after the first.
        packages: its Python packages; None when it has nothing to do with Python.
        python_bin: folder of the programs of its Python environment on this machine; empty without one.
    """

    base: str
    working_directory: str
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    packages: Packages | None = None
    python_bin: str = ""

    def write(self, folder: Path) -> None:
        """Keep it in the image's folder, in the place of an earlier one."""
        replace_private(folder / _FILE, json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def read(cls, folder: Path) -> BuiltImage | None:
        """The image in ``folder``; None where none was built, as in snapshots of earlier versions."""
        try:
            kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        packages = kept.pop("packages")
        return cls(
            **{**kept, "entrypoint": tuple(kept["entrypoint"]), "command": tuple(kept["command"])},
            packages=None if packages is None else _packages(packages),
        )


def _packages(kept: Mapping[str, object]) -> Packages:
    installs, files = kept["installs"], kept["files"]
    if not isinstance(installs, list) or not isinstance(files, list):
        raise TypeError("the packages of an image are lists")
    return Packages(
        python=str(kept["python"]),
        directory=str(kept["directory"]),
        installs=tuple(tuple(map(str, install)) for install in installs),
        files=tuple(map(str, files)),
    )


def tree_of(folder: Path) -> Path:
    """Where the file tree of the image in ``folder`` lies."""
    return folder / _TREE


def on_this_machine(text: str, tree: Path) -> str:
    """``text`` with every absolute path that the image's file tree has replaced by where it lies on this machine."""

    def place(match: re.Match[str]) -> str:
        inside = tree / match[0].lstrip("/")
        return str(inside) if inside != tree and inside.exists() else match[0]

    return _PATH.sub(place, text)
