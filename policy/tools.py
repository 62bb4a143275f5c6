"""The checking tools: they live in an environment of their own, because their pins clash with ours."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from systems.checkout import ROOT

VENV: Final = ROOT / ".venv-check"
_QUICKER: Final = {"DETECT_SECRETS_PERF_PREGATE": "1"}
OUTSIDE: Final = Path(__file__).parent / "outside"


class ToolError(RuntimeError):
    """A tool has not done its work; the message is what it said."""


def call(
    program: str, *arguments: str, cwd: Path = ROOT, codes: tuple[int, ...] = (0, 1), venv: Path = VENV
) -> subprocess.CompletedProcess[str]:
    """Run a program of the tools' environment.

    Args:
        program: its name.
        arguments: of it.
        cwd: where.
        codes: with which it ends when it did its work, whether it found anything or not.
        venv: the environment.

    Raises:
        ToolError: it ended otherwise, or is not there.
    """
    path = venv / "bin" / program
    if not path.is_file():
        raise ToolError(f"{path} is not there; make check installs it.")
    answer = subprocess.run(
        [str(path), *arguments], cwd=cwd, env=_environ(), capture_output=True, text=True, check=False
    )
    if answer.returncode not in codes:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        raise ToolError(f"{program} ended with {answer.returncode}: {' '.join(said[-3:])}")
    return answer


def call_outside(program: str, given: object) -> Any:
    """Run a program of ``policy/outside`` in the tools' environment: JSON in, JSON out.

    Raises:
        ToolError: it failed.
    """
    path = VENV / "bin" / "python"
    command = [str(path), str(OUTSIDE / f"{program}.py")]
    answer = subprocess.run(
        command, input=json.dumps(given), env=_environ(), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise ToolError(f"{program} failed: {' '.join(answer.stderr.strip().splitlines()[-3:])}")
    return json.loads(answer.stdout)


def _environ() -> Mapping[str, str]:
    """Without what makes Python look into our environment.

    detect-secrets, as checkov brings it, is told to pass over lines at once in which none of its patterns can be.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return MappingProxyType({**kept, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}", **_QUICKER})
