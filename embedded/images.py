"""Published images on this machine: a snapshot of a service's source under its repository and immutable tag.

The layout is shared by the publisher (``cli/images.py``), which writes it, and the embedded ECS, which runs it.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from dockerfile_parse import DockerfileParser

_ECR_REFERENCE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/(?P<repository>[^:@]+):(?P<tag>[^:@]+)"
)
_NGINX_REFERENCE: Final = re.compile(r"public\.ecr\.aws/nginx/nginx(:[\w.-]+)?")
_BUILD_FILE: Final = ".build.json"
_STAND_IN_DIR: Final = Path(__file__).parent / "nginx_stand_in"


class ImageError(Exception):
    """An image cannot be run; the text goes into the task's stopped reason."""


@dataclass(frozen=True, kw_only=True)
class Runnable:
    """How to run an image as a process.

    Attributes:
        directory: working directory, the image's files.
        command: program and arguments; ``{port}`` stands for the task's private port.
        environment: what the image itself sets.
    """

    directory: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Build:
    """How an image was built from the files of its snapshot.

    Attributes:
        dockerfile: path of the Dockerfile within the snapshot.
        arguments: build arguments by name.
    """

    dockerfile: str
    arguments: Mapping[str, str]

    def write(self, directory: Path) -> None:
        """Keep it beside the snapshot's files."""
        (directory / _BUILD_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> Build | None:
        """The build of a snapshot, or None where there is none, as in snapshots of earlier versions."""
        try:
            kept = json.loads((directory / _BUILD_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(dockerfile=kept["dockerfile"], arguments=kept["arguments"])


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
    dockerfile = _dockerfile(directory)
    if dockerfile is None:
        raise ImageError(f"CannotPullContainerError: {reference}: not found; run make deploy to publish it again.")
    return Runnable(directory=directory, command=_command(dockerfile), environment=dict(dockerfile.envs))


def _dockerfile(directory: Path) -> DockerfileParser | None:
    """The Dockerfile of a snapshot: the one that its build names, else the only one below ``services``."""
    build = Build.read(directory)
    if build is None:
        found = sorted(directory.glob("services/*/Dockerfile"))
        if len(found) != 1:
            return None
        build = Build(dockerfile=found[0].relative_to(directory).as_posix(), arguments={})
    text = (directory / build.dockerfile).read_text(encoding="utf-8")
    return DockerfileParser(fileobj=io.StringIO(text), env_replace=True, build_args=dict(build.arguments))


def _command(dockerfile: DockerfileParser) -> tuple[str, ...]:
    """The Dockerfile's CMD, through a shell where it is no list; ``python`` is the one that runs this process."""
    text = dockerfile.cmd
    if not text:
        raise ImageError("CannotStartContainerError: its Dockerfile has no CMD.")
    if not text.startswith("["):
        return ("/bin/sh", "-c", text)
    program, *arguments = json.loads(text)
    return (sys.executable if program == "python" else program, *arguments)
