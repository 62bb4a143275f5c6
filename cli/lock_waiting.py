"""What a person is told while Terraform waits for the lock on the state: who holds it, and since when.

Terraform says so only when it gives up, and that takes ten minutes: a run whose deployer was killed goes on to its end.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

from cli import lock, team_lock
from cli.beside import beside
from cli.errors import CommandError
from settings.settings import Settings

TIMEOUT: Final = "-lock-timeout=10m"
"""Of every Terraform command that locks the state. A run whose caller was killed holds its lock to its end."""
_LOOK_SECONDS: Final = 5.0


def telling(
    settings: Settings, arguments: Sequence[str], *, say: Callable[[str], None]
) -> AbstractContextManager[None]:
    """Look while the block runs a Terraform command with these ``arguments``, and say once if it waits for the lock."""
    if TIMEOUT not in arguments:
        return nullcontext()
    began = dt.datetime.now(dt.UTC)
    return beside(lambda is_over: watch(lambda: holder(settings), began, is_over=is_over, say=say))


def watch(
    read: Callable[[], Mapping[str, Any]],
    began: dt.datetime,
    *,
    is_over: Callable[[float], bool],
    say: Callable[[str], None],
) -> None:
    """Say once that somebody had the lock before the command ``began``; return then, or when the command is over.

    Args:
        read: what Terraform has written down about who holds the lock; nothing while nobody does.
        began: when the command did. A lock that is younger is its own.
        is_over: whether the command ends within so many seconds.
        say: is told in one line.
    """
    while not is_over(_LOOK_SECONDS):
        found = read()
        since = _created(found)
        if since is not None and since < began:
            operation = str(found.get("Operation", "")).removeprefix("OperationType").lower()
            who = f"{found.get('Who') or 'somebody'}{f' ({operation})' if operation else ''}"
            say(
                f"Terraform waits for the lock on the state, ten minutes at most: {who} has held it since "
                f"{since.astimezone():%H:%M:%S}"
            )
            return


def holder(settings: Settings) -> Mapping[str, Any]:
    """What Terraform has written down about who holds the lock; nothing when nobody does or that cannot be read."""
    if settings.state_bucket:
        try:
            return team_lock.terraforms(settings) or {}
        except CommandError:
            return {}
    state = settings.terraform_state
    # A Terraform that was killed leaves the file behind, but no lock.
    if not state.is_file() or not lock.is_locked(state):
        return {}
    return _parsed(state.with_name(f".{state.name}.lock.info"))


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _created(found: Mapping[str, Any]) -> dt.datetime | None:
    try:
        # Nanoseconds and a Z, of which Python 3.11 takes the first six digits.
        return dt.datetime.fromisoformat(str(found["Created"]))
    except (KeyError, ValueError):
        return None
