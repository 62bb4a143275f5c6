"""Errors that end a command with one clear message."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

REFUSED: Final = 2
"""Exit code of a request that cannot be carried out as it is; nothing was changed then."""

WORSE: Final = 3
"""Exit code when who is new answered otherwise or did worse than who was there before."""

UNDECIDED: Final = 4
"""Exit code when too few requests came to tell."""


class CommandError(Exception):
    """What went wrong, why, and what to do next.

    Attributes:
        exit_code: 1, or one of those above.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class OptionsError(CommandError):
    """Flags or variables that contradict each other or name what is not there, and what to give instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=REFUSED)


def complain(message: str, exit_code: int) -> int:
    """Write on stderr why the command ends.

    Returns:
        ``exit_code``.
    """
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(message + "\n")
    return exit_code
