"""``RUN pip install …``: the one thing of RUN that can be done on this machine, in an environment of its own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PIP: Final = re.compile(r"pip(3(\.\d+)?)?")
_PYTHON: Final = re.compile(r"python(3(\.\d+)?)?")
_SWITCHES: Final = frozenset(
    [
        "--require-hashes",
        "--no-deps",
        "--prefer-binary",
        "--upgrade",
        "-U",
        "--pre",
        "--only-binary=:all:",
        "--no-compile",
        "--quiet",
        "-q",
    ]
)
"""Options that say what is installed, and are handed to pip."""

_FILES: Final = frozenset(("-r", "--requirement", "-c", "--constraint"))
_WITHOUT_EFFECT: Final = frozenset(
    [
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--no-input",
        "--user",
        "--root-user-action=ignore",
        "--progress-bar=off",
        "--break-system-packages",
    ]
)
_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,.-]+\])?\s*([<>=!~]=?[\w.*+!,<>=~ ]+)?")


@dataclass(frozen=True, kw_only=True)
class PipInstall:
    """One ``pip install``.

    Attributes:
        arguments: what follows ``install``.
        files: those of them that are paths of requirements files.
    """

    arguments: tuple[str, ...]
    files: tuple[str, ...]


def split_run(command_line: str) -> tuple[tuple[PipInstall, ...], tuple[str, ...]]:
    """What a RUN instruction asks of pip, and its other commands, which cannot be run here.

    Args:
        command_line: what follows RUN, with variables replaced.
    """
    lexer = shlex.shlex(command_line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return (), (command_line,)
    installs: list[PipInstall] = []
    others: list[str] = []
    while words and words[0].startswith("--"):  # such as --mount=type=cache,…
        del words[0]
    for command in _commands(words):
        install = _pip_install(command)
        if install is None:
            others.append(" ".join(command))
        else:
            installs.append(install)
    return tuple(installs), tuple(others)


def _commands(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    for word in words:
        if word in ("&&", ";"):
            if command:
                yield command
            command = []
        else:
            command.append(word)
    if command:
        yield command


def _pip_install(command: list[str]) -> PipInstall | None:
    rest = list(command)
    if rest and _PYTHON.fullmatch(rest[0]) and rest[1:2] == ["-m"]:
        rest = rest[2:]
    if len(rest) < 3 or not _PIP.fullmatch(rest[0]) or rest[1] != "install":
        return None
    arguments: list[str] = []
    files: list[str] = []
    words = iter(rest[2:])
    for word in words:
        option, _, attached = word.partition("=")
        if word in _FILES or (option in _FILES and attached):
            file = attached or next(words, "")
            if not file:
                return None
            arguments += [option if attached else word, file]
            files.append(file)
        elif word in _SWITCHES or _REQUIREMENT.fullmatch(word):
            arguments.append(word)
        elif word not in _WITHOUT_EFFECT:
            return None
    return PipInstall(arguments=tuple(arguments), files=tuple(files)) if arguments else None
