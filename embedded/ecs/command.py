"""What a task starts: the command and the environment that image, task definition and overrides make together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.images import ImageError, Runnable


@dataclass(frozen=True, kw_only=True)
class Command:
    """Program and arguments, with exactly the environment that they get."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


def command_of(
    container: Mapping[str, Any],
    override: Mapping[str, Any],
    runnable: Runnable,
    *,
    port: int | None,
    base_environment: Mapping[str, str],
    secret: Callable[[str], str],
) -> Command:
    """What to start for a container.

    Args:
        container: of the task definition.
        override: of RunTask, for this container; may be empty.
        runnable: its image.
        port: where it is to listen on loopback; None: it has no port.
        base_environment: what every task gets.
        secret: value of a secret by where it comes from.

    Raises:
        ImageError: there is no such program on this machine.
    """
    environment = _environment(container, override, runnable, base_environment, secret)
    environment["HOST"] = "127.0.0.1"  # a process of this machine: loopback, and a free port
    if port is not None:
        environment["PORT"] = str(port)
    entrypoint = container.get("entryPoint")
    command = override.get("command") or container.get("command") or (() if entrypoint else runnable.command)
    words = [*(entrypoint or runnable.entrypoint), *command]
    if not words:
        raise ImageError("CannotStartContainerError: neither the image nor the task definition has a command.")
    words = [str(port) if word == "{port}" and port is not None else runnable.on_this_machine(word) for word in words]
    return Command(words=(_program(words[0], runnable, environment["PATH"]), *words[1:]), environment=environment)


def check_command_of(container: Mapping[str, Any], command: Command, runnable: Runnable) -> Command | None:
    """What the health check of a container runs, in its environment; None where it has none.

    Raises:
        ImageError: there is no such program on this machine.
    """
    words = (container.get("healthCheck") or {}).get("command") or ()
    if not words:
        return None
    kind, *rest = words
    line = ["/bin/sh", "-c", " ".join(rest)] if kind == "CMD-SHELL" else rest
    program, *arguments = map(runnable.on_this_machine, line)
    path = command.environment["PATH"]
    return Command(words=(_program(program, runnable, path), *arguments), environment=command.environment)


def _environment(
    container: Mapping[str, Any],
    override: Mapping[str, Any],
    runnable: Runnable,
    base: Mapping[str, str],
    secret: Callable[[str], str],
) -> dict[str, str]:
    pairs = [*container.get("environment", []), *override.get("environment", [])]
    path = os.pathsep.join([*map(str, runnable.programs), base.get("PATH", os.defpath)])
    return {
        **base,
        "PATH": path,
        **runnable.environment,
        **{pair["name"]: pair["value"] for pair in pairs},
        **{each["name"]: secret(each["valueFrom"]) for each in container.get("secrets", [])},
    }


def _program(name: str, runnable: Runnable, path: str) -> str:
    """Where the program lies, by the PATH that the task has."""
    place = str(runnable.directory / name) if "/" in name else name
    found = shutil.which(place, path=path)
    if found is None:
        why = "is not there or cannot be executed" if "/" in name else "is not on PATH of this machine"
        raise ImageError(
            f"CannotStartContainerError: {name} {why}; the embedded AWS runs containers as processes, so install it "
            "here, or copy it into the image."
        )
    return str(Path(found))
