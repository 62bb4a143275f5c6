"""Published images on this machine: a folder for each, under its repository and immutable tag.

``embedded.image_build`` makes them when they are published, and the embedded ECS runs them.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dockerfile_parse import DockerfileParser

from embedded.image_build.built_image import BuiltImage, on_this_machine, tree_of

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
        directory: working directory.
        command: program and arguments; ``{port}`` stands for the task's private port.
        entrypoint: comes before the command, also before one that the task definition gives.
        environment: what the image itself sets.
        programs: folders that come first on PATH.
        tree: the image's file tree, to which its absolute paths refer; None where they are this machine's.
    """

    directory: Path
    command: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[Path, ...] = ()
    tree: Path | None = None

    def on_this_machine(self, text: str) -> str:
        """``text`` with paths of the image as what they are on this machine."""
        return text if self.tree is None else on_this_machine(text, self.tree)


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
    image = BuiltImage.read(directory)
    runnable = _of_earlier_version(directory) if image is None else _of(image, directory)
    if runnable is None:
        raise ImageError(f"CannotPullContainerError: {reference}: not found; run make deploy to publish it again.")
    return runnable


def _of(image: BuiltImage, directory: Path) -> Runnable:
    python = Path(image.python_bin) if image.python_bin else None
    if python is not None and not (python / "python").exists():
        raise ImageError(
            f"CannotStartContainerError: its Python environment {python.parent} is gone; make deploy makes it again."
        )
    tree = tree_of(directory)
    # The rest of an image's PATH is what its base image has, which is not here.
    own = [place for part in image.environment.get("PATH", "").split(":") if (place := tree / part.lstrip("/")) != tree]
    environment = {name: text for name, text in image.environment.items() if name != "PATH"}
    return Runnable(
        directory=tree / image.working_directory.lstrip("/"),
        command=image.command,
        entrypoint=image.entrypoint,
        environment={name: on_this_machine(text, tree) for name, text in environment.items()},
        programs=(*(place for place in own if place.is_dir()), *(() if python is None else (python,))),
        tree=tree,
    )


def _of_earlier_version(directory: Path) -> Runnable | None:
    """A snapshot of sources with their Dockerfile: the one that its build names, else the only one in ``services``.

    A control plane that is kept has services that run them.
    """
    try:
        kept = json.loads((directory / _BUILD_FILE).read_text(encoding="utf-8"))
        path, arguments = directory / kept["dockerfile"], dict(kept["arguments"])
    except FileNotFoundError:
        found = sorted(directory.glob("services/*/Dockerfile"))
        if len(found) != 1:
            return None
        path, arguments = found[0], {}
    text = path.read_text(encoding="utf-8")
    dockerfile = DockerfileParser(fileobj=io.StringIO(text), env_replace=True, build_args=arguments)
    return Runnable(directory=directory, command=_command(dockerfile), environment=dict(dockerfile.envs))


def _command(dockerfile: DockerfileParser) -> tuple[str, ...]:
    """The Dockerfile's CMD, through a shell where it is no list; ``python`` is the one that runs this process."""
    text = dockerfile.cmd
    if not text:
        raise ImageError("CannotStartContainerError: its Dockerfile has no CMD.")
    if not text.startswith("["):
        return ("/bin/sh", "-c", text)
    program, *arguments = json.loads(text)
    return (sys.executable if program == "python" else program, *arguments)
