"""COPY and ADD: files of an image's context into its file tree."""

from __future__ import annotations

import fnmatch
import posixpath
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from embedded.image_build.dockerfile import Instruction, exec_form
from embedded.image_build.problems import ImageBuildError
from embedded.private_folders import FILE_MODE, UMASK

_WITHOUT_EFFECT: Final = ("--chown=", "--link", "--keep-git-dir")
"""Options that change nothing where one user owns everything."""


def copy_files(
    instruction: Instruction, value: str, *, root: Path, files: Sequence[str], tree: Path, directory: str
) -> None:
    """Do what a COPY or ADD instruction says.

    Args:
        instruction: for messages.
        value: what follows its name, with variables replaced.
        root: the build context.
        files: paths below ``root`` that belong to the image.
        tree: where the image's file tree lies.
        directory: the image's working directory.

    Raises:
        ImageBuildError: it copies from elsewhere, or nothing in the context has that path.
    """
    where = f"line {instruction.line}: {instruction.name} {value}"
    words = list(exec_form(value) or shlex.split(value))
    options = [word for word in words if word.startswith("--")]
    if unknown := [option for option in options if not option.startswith((*_WITHOUT_EFFECT, "--chmod="))]:
        raise ImageBuildError(f"{where}: {unknown[0]} is not possible on this machine; copy from the context instead.")
    *sources, destination = [word for word in words if not word.startswith("--")] or [""]
    if not sources or any("://" in source or source.startswith("<<") for source in sources):
        raise ImageBuildError(f"{where}: only files of the context can be copied on this machine.")
    mode = next((int(option.partition("=")[2], 8) for option in options if option.startswith("--chmod=")), None)
    into_folder = destination.endswith("/") or destination in (".", "..") or len(sources) > 1
    target = posixpath.normpath(posixpath.join(directory, destination))
    for source in sources:
        found = _matches(source, files)
        if not found:
            raise ImageBuildError(
                f"{where}: {source} is not part of the image's context; add it to the context in the service's "
                "declaration, or correct the path."
            )
        for path, inner in found.items():
            is_file_itself = inner == ""
            folder = into_folder or (is_file_itself and len(found) > 1) or (tree / target.lstrip("/")).is_dir()
            name = posixpath.basename(path) if is_file_itself and folder else inner
            _copy(root / path, tree / posixpath.join(target, name).strip("/"), mode)


def _matches(source: str, files: Sequence[str]) -> dict[str, str]:
    """Files that ``source`` names, each with its path below the folder that was named; empty for one named itself."""
    wanted = posixpath.normpath(source.lstrip("/")) if source.strip("/") else "."
    if wanted == ".":
        return {path: path for path in files}
    depth = wanted.count("/") + 1
    found = {}
    for path in files:
        parts = path.split("/")
        if len(parts) >= depth and _same(parts[:depth], wanted.split("/")):
            found[path] = "/".join(parts[depth:])
    return found


def _same(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return all(fnmatch.fnmatchcase(part, pattern) for part, pattern in zip(parts, patterns, strict=True))


def _copy(source: Path, destination: Path, mode: int | None) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
    mode = source.stat().st_mode if mode is None else mode
    # Executable or not as in the image, but for its owner alone, who has to be able to replace it.
    destination.chmod((mode & ~UMASK & 0o777) | FILE_MODE)
