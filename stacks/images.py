"""Content tags of the services' images: the same sources always get the same tag, on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.image import SHARED
from systems.checkout import ROOT

_TAG_LENGTH: Final = 12


def context_files(service: str, *, root: Path = ROOT) -> tuple[Path, ...]:
    """Files of the image context of ``service``, sorted by their path relative to ``root``.

    Raises:
        FileNotFoundError: there is no folder ``services/<service>``.
    """
    folder = root / "services" / service
    if not folder.is_dir():
        raise FileNotFoundError(f"services/{service} does not exist; every service of a stage needs a folder there.")
    parts = [root / shared for shared in SHARED] + [folder]
    found = {path for part in parts for path in _files_below(part)}
    return tuple(sorted(found, key=lambda path: path.relative_to(root).as_posix()))


def image_tag(service: str, *, root: Path = ROOT) -> str:
    """Tag of the image of ``service``: 12 hex digits over the paths and bytes of its context.

    Raises:
        FileNotFoundError: there is no folder ``services/<service>``.
    """
    digest = hashlib.sha256()
    for path in context_files(service, root=root):
        for part in (path.relative_to(root).as_posix().encode(), path.read_bytes()):
            # Lengths keep the border between a path and its bytes, or two files, from moving unnoticed.
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:_TAG_LENGTH]


def _files_below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for inner in path.rglob("*"):
        if inner.is_file() and "__pycache__" not in inner.parts and inner.suffix != ".pyc":
            yield inner
