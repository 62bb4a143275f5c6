"""Published images on this machine: a snapshot of a service's source under its repository and immutable tag.

The layout is shared by the publisher (``cli/images.py``), which writes it, and the embedded ECS, which runs it.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ECR_REFERENCE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/(?P<repository>[^:@]+):(?P<tag>[^:@]+)"
)
_NGINX_REFERENCE: Final = re.compile(r"public\.ecr\.aws/nginx/nginx(:[\w.-]+)?")
_EXEC_FORM_CMD: Final = re.compile(r"^CMD\s+(\[.*\])\s*$", re.MULTILINE)
_STAND_IN_DIR: Final = Path(__file__).parent / "nginx_stand_in"


class ImageError(Exception):
    """An image cannot be run; the text goes into the task's stopped reason."""


@dataclass(frozen=True, kw_only=True)
class Runnable:
    """How to run an image as a process.

    Attributes:
        directory: working directory, the image's files.
        command: program and arguments; ``{port}`` stands for the task's private port.
    """

    directory: Path
    command: tuple[str, ...]


def snapshot_dir(state_dir: Path, repository: str, tag: str) -> Path:
    """Folder of one published image."""
    return state_dir / "images" / repository / tag


def parse_ecr_reference(reference: str) -> tuple[str, str] | None:
    """Repository and tag of an image in a private registry, or None for any other image."""
    match = _ECR_REFERENCE.fullmatch(reference)
    return (match["repository"], match["tag"]) if match else None


def resolve(state_dir: Path, reference: str) -> Runnable:
    """How to run the image that a task definition names.

    Images of the private registry run from their snapshot with the command of their Dockerfile. The public NGINX image,
    which the placeholder stage uses, is stood in for by Python's static file server: no container runtime is needed.

    Raises:
        ImageError: any other image, or one whose snapshot is missing.
    """
    if _NGINX_REFERENCE.fullmatch(reference):
        server = ("-m", "http.server", "--bind", "127.0.0.1", "--directory", ".", "{port}")
        return Runnable(directory=_STAND_IN_DIR, command=(sys.executable, *server))
    parsed = parse_ecr_reference(reference)
    if parsed is None:
        raise ImageError(
            f"CannotPullContainerError: {reference} is neither in the embedded registry nor the NGINX placeholder; "
            "publish it with make deploy."
        )
    directory = snapshot_dir(state_dir, *parsed)
    dockerfiles = sorted(directory.glob("services/*/Dockerfile"))
    if len(dockerfiles) != 1:
        raise ImageError(f"CannotPullContainerError: {reference}: not found; run make deploy to publish it again.")
    return Runnable(directory=directory, command=_command(dockerfiles[0]))


def _command(dockerfile: Path) -> tuple[str, ...]:
    """The Dockerfile's exec-form CMD, with its ``python`` being the interpreter that runs this process."""
    match = _EXEC_FORM_CMD.search(dockerfile.read_text(encoding="utf-8"))
    if match is None:
        raise ImageError(
            f'CannotStartContainerError: {dockerfile.name} has no CMD in exec form ["program", "argument"].'
        )
    program, *arguments = json.loads(match[1])
    return (sys.executable if program == "python" else program, *arguments)
