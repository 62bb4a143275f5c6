"""``docker``, as far as ``TARGET=aws`` calls it: what is built is built, and pushed into the embedded registry.

Run as ``python -m tests.local.docker_stand_in COMMAND …``; it keeps what it was called for beside the images.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final

from cli import images
from embedded import state
from embedded.images import parse_ecr_reference
from settings.settings import Settings, state_dir_of

PATH_TO: Final = "docker-stand-in.json"
"""File below STATE_DIR: references of built images, pushed images, and options that each was built with."""


def install(folder: Path) -> None:
    """Write a program ``docker`` into ``folder``, which is to be first on PATH."""
    folder.mkdir()
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.local.docker_stand_in "$@"\n')
    program.chmod(0o755)


def pushed(state_dir: Path) -> list[str]:
    """References in the order of their pushes."""
    return _read(state_dir)["pushed"]


def main(arguments: list[str]) -> int:
    """Do what a Docker does that has nothing in its engine but what was built here."""
    state_dir, known = state_dir_of(os.environ), _read(state_dir_of(os.environ))
    match arguments:
        case ["version", *_]:
            print("28.2.2 amd64")
        case ["buildx", "version"]:
            print("github.com/docker/buildx v0.20.1 245093b")
        case ["login", "--username", "AWS", "--password-stdin", registry]:
            known["logins"].append(f"{registry} {sys.stdin.read()}")
        case ["build", *options]:
            known["built"].append(_reference(options))
        case ["push", reference] if reference in known["built"] and known["logins"]:
            _push(reference, state_dir)
            known["pushed"].append(reference)
        case _:
            sys.stderr.write(f"docker {' '.join(arguments)}: not known here\n")
            return 1
    (state_dir / PATH_TO).write_text(json.dumps(known), encoding="utf-8")
    return 0


def _read(state_dir: Path) -> dict[str, list[str]]:
    path = state_dir / PATH_TO
    if not path.is_file():
        return {"logins": [], "built": [], "pushed": []}
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _reference(options: list[str]) -> str:
    parser = argparse.ArgumentParser()
    for option in ("--platform", "--file", "--tag"):
        parser.add_argument(option, required=True)
    parser.add_argument("--build-arg", action="append")
    parser.add_argument("context", choices=["."])
    found = parser.parse_args(options)
    if not Path(found.file).is_file():
        parser.error(f"there is no {found.file}")
    return str(found.tag)


def _push(reference: str, state_dir: Path) -> None:
    """Make the image for the embedded ECS, which runs it without a container, and enter it in the registry."""
    running, parsed = state.read(state_dir), parse_ecr_reference(reference)
    assert running is not None
    assert parsed is not None
    settings = Settings.from_environ({**os.environ, "TARGET": "local", "AWS_PORT": str(running.aws_port)})
    repository, tag = parsed
    images.publish(settings, repository.removeprefix(f"{settings.name()}-"), tag, say=print)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
