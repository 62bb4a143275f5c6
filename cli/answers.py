"""What a person gives a command beside the settings: RELEASE, and the words that questions on AWS want."""

from __future__ import annotations

import os
import sys

from cli.errors import REFUSED, CommandError
from settings.numbers import is_number
from settings.settings import Settings


def release_number() -> int | None:
    """RELEASE, the number of a release; None when it is not set.

    Raises:
        CommandError: it is no number.
    """
    text = os.environ.get("RELEASE", "").strip()
    if not text:
        return None
    if not is_number(text):
        raise CommandError(
            f"RELEASE={text} is not the number of a release; make releases lists them.", exit_code=REFUSED
        )
    return int(text)


def is_forced() -> bool:
    """Whether FORCE=1 answers every question."""
    return os.environ.get("FORCE") == "1"


def agrees_to_cost() -> bool:
    """Whether FORCE=cost, or FORCE=1, answers the question about money."""
    return is_forced() or os.environ.get("FORCE") == "cost"


def typed(question: str) -> str:
    """What the person types after a question on stderr, without the spaces around it."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def confirm_destroy(settings: Settings) -> None:
    """On AWS, ask for the environment's name; FORCE=1 skips that."""
    if settings.is_local or is_forced():
        return
    sys.stderr.write(f"This destroys {settings.name()} in {settings.region}, its tables and their items included.\n")
    if typed("Type the environment's name to go on: ") != settings.env:
        raise CommandError("Not confirmed; nothing was destroyed.", exit_code=REFUSED)
