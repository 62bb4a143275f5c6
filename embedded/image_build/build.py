"""Builds an image from its Dockerfile, as far as that goes without a container runtime; says what it leaves out."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.image_build.built_image import BuiltImage, Packages, tree_of
from embedded.image_build.copy_files import copy_files
from embedded.image_build.dockerfile import Instruction, exec_form, instructions, pairs, replace_variables
from embedded.image_build.pip_install import PipInstall, split_run
from embedded.image_build.problems import ImageBuildError
from embedded.image_build.python_environments import PythonEnvironments

_PYTHON_IMAGE: Final = re.compile(r"(.*/)?python(:(?P<version>3\.\d+)?.*)?")
_NO_EFFECT: Final = frozenset(("USER", "EXPOSE", "LABEL", "MAINTAINER", "HEALTHCHECK", "VOLUME"))
"""Nothing in these changes how a task runs here: tasks are this user's, ECS names the port and ignores HEALTHCHECK."""

_LONGEST_SHOWN: Final = 40
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an image is built from.

    Attributes:
        root: the build context.
        dockerfile: path below ``root``.
        files: paths below ``root`` of all that may be copied into the image.
        arguments: build arguments by name.
    """

    root: Path
    dockerfile: str
    files: tuple[str, ...]
    arguments: Mapping[str, str]


def build(source: Source, folder: Path, *, environments: PythonEnvironments, say: Callable[[str], None]) -> BuiltImage:
    """Build into ``folder``, which exists and is empty.

    Args:
        environments: make the Python environment that the image asks for.
        say: gets a line for what takes a while, and one for what is left out.

    Raises:
        ImageBuildError: this image cannot be built on this machine; says why.
    """
    text = (source.root / source.dockerfile).read_text(encoding="utf-8")
    steps = instructions(text)
    stages = [step.value for step in steps if step.name == "FROM"]
    if len(stages) != 1:
        raise ImageBuildError(
            f"{source.dockerfile} has {len(stages)} stages (FROM), and the embedded AWS builds images of exactly one; "
            "write it with one FROM, or deploy with TARGET=aws, where Docker builds it."
        )
    tree_of(folder).mkdir()
    work = _Build(source, tree_of(folder))
    for step in steps:
        try:
            work.do(step)
        except ImageBuildError as problem:
            raise ImageBuildError(f"{source.dockerfile}, {problem}") from problem
    if work.left_out:
        say(
            f"{source.dockerfile}: these steps are for the container image and are left out on this machine: "
            f"{_listed(work.left_out)}"
        )
    image = work.image(environments, say)
    image.write(folder)
    return image


def refresh(folder: Path, *, environments: PythonEnvironments, say: Callable[[str], None]) -> bool:
    """Make the Python environment of a built image again where it is gone.

    Returns:
        False when the image was never built.
    """
    image = BuiltImage.read(folder)
    if image is None:
        return False
    if image.packages is not None:
        python_bin = str(environments.provide(image.packages, tree_of(folder), say=say))
        if python_bin != image.python_bin:
            BuiltImage(**{**vars(image), "python_bin": python_bin}).write(folder)
    return True


class _Build:
    """The state that instructions change, one after the other."""

    def __init__(self, source: Source, tree: Path) -> None:
        self._source = source
        self._tree = tree
        self._base = ""
        self._arguments: dict[str, str] = {}
        self._environment: dict[str, str] = {}
        self._directory = "/"
        self._shell: tuple[str, ...] = ("/bin/sh", "-c")
        self._entrypoint: tuple[str, ...] = ()
        self._command: tuple[str, ...] = ()
        self._entrypoint_is_shell = False
        self._installs: list[tuple[str, PipInstall]] = []
        self.left_out: list[str] = []

    @property
    def _variables(self) -> dict[str, str]:
        return {**self._arguments, **self._environment}

    def do(self, step: Instruction) -> None:
        value = replace_variables(step.value, self._variables)
        match step.name:
            case "FROM":
                self._base = next(word for word in value.split() if not word.startswith("--"))
            case "ARG":
                given = {
                    name: self._source.arguments.get(name, text) for name, text in pairs(step, self._variables).items()
                }
                self._arguments |= given
            case "ENV":
                self._environment |= pairs(step, self._variables)
            case "WORKDIR":
                self._directory = posixpath.normpath(posixpath.join(self._directory, " ".join(shlex.split(value))))
                (self._tree / self._directory.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY" | "ADD":
                source = self._source
                copy_files(
                    step, value, root=source.root, files=source.files, tree=self._tree, directory=self._directory
                )
            case "RUN":
                self._run(value)
            case "CMD":
                self._command, _ = self._words(step.value)
            case "ENTRYPOINT":
                self._entrypoint, self._entrypoint_is_shell = self._words(step.value)
            case "SHELL":
                self._shell = exec_form(step.value) or self._shell
            case "STOPSIGNAL" | "ONBUILD":
                self.left_out.append(f"{step.name} {value}")
            case name if name not in _NO_EFFECT:
                raise ImageBuildError(f"line {step.line}: {name} is no instruction that this machine knows.")

    def _run(self, value: str) -> None:
        installs, others = split_run(" ".join(exec_form(value) or (value,)))
        self._installs += [(self._directory, install) for install in installs]
        self.left_out += others

    def _words(self, value: str) -> tuple[tuple[str, ...], bool]:
        words = exec_form(value)
        return (words, False) if words is not None else ((*self._shell, value), True)

    def image(self, environments: PythonEnvironments, say: Callable[[str], None]) -> BuiltImage:
        if not (self._entrypoint or self._command):
            raise ImageBuildError(
                f"{self._source.dockerfile} has neither CMD nor ENTRYPOINT, and what {self._base} would start is not "
                "known here; add one."
            )
        packages = self._packages()
        python_bin = "" if packages is None else str(environments.provide(packages, self._tree, say=say))
        return BuiltImage(
            base=self._base,
            working_directory=self._directory,
            environment=self._environment,
            entrypoint=self._entrypoint,
            command=() if self._entrypoint_is_shell else self._command,
            packages=packages,
            python_bin=python_bin,
        )

    def _packages(self) -> Packages | None:
        base = _PYTHON_IMAGE.fullmatch(self._base.partition("@")[0])
        if base is None and not self._installs:
            return None
        directories = {directory for directory, _ in self._installs}
        if len(directories) > 1:
            raise ImageBuildError(
                f"{self._source.dockerfile} runs pip install in several folders ({', '.join(sorted(directories))}); "
                "run it in one."
            )
        return Packages(
            python=(base["version"] if base is not None else None) or "",
            installs=tuple(install.arguments for _, install in self._installs),
            directory=next(iter(directories), "/"),
            files=tuple(file for _, install in self._installs for file in install.files),
        )


def _listed(commands: Sequence[str]) -> str:
    more = len(commands) - _MOST_SHOWN
    return "; ".join(map(_short, commands[:_MOST_SHOWN])) + (f"; {more} more" if more > 0 else "")


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"
