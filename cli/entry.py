"""The way into every program behind make: it heeds signals before the imports, which take a second, and then runs it.

Whatever ends a program is told in one line, and never in a traceback.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli import interrupts
from cli.errors import REFUSED, CommandError, complain

if TYPE_CHECKING:
    from settings.settings import Settings


def run(module: str, arguments: Sequence[str], *, command: str, interrupted: str = interrupts.MESSAGE) -> int:
    """Run ``main`` of a module.

    Args:
        module: its full name.
        arguments: of the command line.
        command: of make, for messages.
        interrupted: the line after Ctrl-C and other signals.

    Returns:
        Exit code.
    """
    interrupts.listen()
    _have_streams()
    try:
        code: int = importlib.import_module(module).main(arguments)
        sys.stdout.flush()
        interrupts.end_at_once()
    except (Exception, KeyboardInterrupt) as problem:
        interrupts.ignore()  # what to say may have to be imported, and another Ctrl-C would end in a traceback
        return tell(problem, command=command, interrupted=interrupted)
    return code


def tell(
    problem: Exception | KeyboardInterrupt,
    *,
    command: str,
    settings: Settings | None = None,
    interrupted: str = interrupts.MESSAGE,
) -> int:
    """Say in one line why a program ends.

    Args:
        problem: that ended it.
        command: of make, such as ``deploy``.
        settings: None while they are not known.
        interrupted: the line after Ctrl-C and other signals.

    Returns:
        Exit code.
    """
    if isinstance(problem, KeyboardInterrupt):
        interrupts.ignore()
        return complain(interrupted, getattr(problem, "exit_code", 130))
    # Only now, and not in the moment before the signals are heeded: they take a while.
    from cli import unexpected  # noqa: PLC0415
    from cli.progress import discard  # noqa: PLC0415
    from settings.settings import SettingsError  # noqa: PLC0415

    match problem:
        case SettingsError():
            return complain(str(problem), REFUSED)
        case CommandError():
            return complain(str(problem), problem.exit_code)
        case BrokenPipeError():
            discard(sys.stdout)  # its reader, such as head, has seen enough, and the program did what it should
            return 0
        case OSError():
            if problem.filename is None:
                discard(sys.stdout)  # it was the output that could not be written; the end of Python would try again
            where = f" ({problem.filename})" if problem.filename else ""
            return complain(
                f"The machine refused what this command needs: {problem.strerror}{where}; correct that and try again.",
                1,
            )
    # A person gets a line and not a traceback, whatever the problem is.
    return complain(unexpected.explain(problem, command=command, settings=settings), 1)


def _have_streams() -> None:
    """Give a process that was started without stdout or stderr (``>&-``) one that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the process ends
