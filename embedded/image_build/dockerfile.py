"""A Dockerfile as instructions, with the variables that Docker replaces."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import extract_key_values

from embedded.image_build.problems import ImageBuildError

_VARIABLE: Final = re.compile(
    r"(?P<kept>\\.|'[^']*')|\$(?P<plain>\w+)|\$\{(?P<name>\w+)(?::(?P<kind>[-+])(?P<other>[^}]*))?\}"
)
"""What is escaped or in single quotes stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction: its name in capitals, what follows as it is written, and its line, counted from 1."""

    name: str
    value: str
    line: int


def instructions(text: str) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile, comments left out and continued lines joined."""
    parser = DockerfileParser(fileobj=io.StringIO(text))
    return tuple(
        Instruction(name=str(one["instruction"]).upper(), value=str(one["value"]), line=int(one["startline"]) + 1)
        for one in parser.structure
        if one["instruction"] != "COMMENT"
    )


def replace_variables(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with ``$NAME``, ``${NAME}``, ``${NAME:-otherwise}`` and ``${NAME:+instead}`` as Docker does."""

    def value(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return match["kept"]
        found = variables.get(match["plain"] or match["name"], "")
        match match["kind"]:
            case "-":
                return found or match["other"]
            case "+":
                return match["other"] if found else ""
        return found

    return _VARIABLE.sub(value, text)


def pairs(instruction: Instruction, variables: Mapping[str, str]) -> dict[str, str]:
    """Names and values of an ENV or ARG instruction; an ARG without a value has an empty one.

    Raises:
        ImageBuildError: it is neither ``NAME=value …`` nor ``NAME value``.
    """
    try:
        found = extract_key_values(
            env_replace=False, args={}, envs={}, instruction_value=replace_variables(instruction.value, variables)
        )
    except (ValueError, IndexError) as problem:
        raise ImageBuildError(
            f"line {instruction.line}: {instruction.name} {instruction.value}: {problem}."
        ) from problem
    return {str(name): str(value) for name, value in found}


def exec_form(value: str) -> tuple[str, ...] | None:
    """The words of ``["program", "argument"]``; None for a command line, which is for a shell."""
    if not value.lstrip().startswith("["):
        return None
    try:
        words = json.loads(value)
    except ValueError:
        return None  # Docker, too, takes it for a command line then
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
