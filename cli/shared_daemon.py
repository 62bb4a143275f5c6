"""Environments share the embedded AWS of a state folder, so nobody stops it while others use it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli import lock
from settings.settings import Settings

_GATE: Final = "_daemon.lock"


@contextlib.contextmanager
def gate(settings: Settings) -> Iterator[None]:
    """Start or stop the embedded AWS in this block; others wait that would start or stop it meanwhile.

    Without a state folder there is none to share.
    """
    if not settings.state_dir.is_dir():
        yield
        return
    with (settings.state_dir / _GATE).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def others_at_work(settings: Settings) -> str | None:
    """Find out whether another environment's command uses the embedded AWS.

    Returns:
        Who, since when, of one of them; None when nobody does.
    """
    found = (lock.holder_of(path) for path in _other_locks(settings))
    return next((str(who) for who in found if who is not None), None)


def last_use_by_others(settings: Settings) -> float:
    """When a command of another environment began or ended last, in seconds since 1970; 0 if none ever did."""
    return max((path.stat().st_mtime for path in _other_locks(settings)), default=0.0)


def _other_locks(settings: Settings) -> list[Path]:
    own = lock.of_environment(settings)
    return [path for path in sorted(own.parent.glob(lock.PATTERN)) if path != own]
