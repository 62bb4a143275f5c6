"""Content tags of the services' images: the same sources always get the same tag, on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from systems.checkout import ROOT
from systems.service import Architecture, Image

_TAG_LENGTH: Final = 12


def context_files(image: Image, *, root: Path = ROOT) -> tuple[Path, ...]:
    """Files that go into an image, sorted by their path relative to its build context.

    Raises:
        FileNotFoundError: something that the image names is not there.
    """
    base = root / image.root
    found = {path for part in (image.dockerfile, *image.context) for path in _files_below(base, part)}
    return tuple(sorted(found, key=lambda path: path.relative_to(base).as_posix()))


def image_tag(image: Image, *, root: Path = ROOT) -> str:
    """Tag of an image: 12 hex digits over its architecture, build arguments and the paths and bytes of its files.

    Raises:
        FileNotFoundError: something that the image names is not there.
    """
    base = root / image.root
    digest = hashlib.sha256()

    def enter(*parts: bytes) -> None:
        for part in parts:
            # Lengths keep the border between a path and its bytes, or two files, from moving unnoticed.
            digest.update(len(part).to_bytes(8, "big") + part)

    enter(image.dockerfile.encode(), *(part.encode() for pair in sorted(image.arguments.items()) for part in pair))
    if image.architecture is not Architecture.X86_64:  # those of images that were before there was another one stay
        enter(image.architecture.encode())
    for path in context_files(image, root=root):
        enter(path.relative_to(base).as_posix().encode(), path.read_bytes())
    return digest.hexdigest()[:_TAG_LENGTH]


def _files_below(base: Path, part: str) -> Iterator[Path]:
    path = base / part
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise FileNotFoundError(f"{path} does not exist; an image of the system is made with it.")
    for inner in path.rglob("*"):
        if inner.is_file() and "__pycache__" not in inner.parts and inner.suffix != ".pyc":
            yield inner
