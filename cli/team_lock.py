"""One command at a time on an environment whose state is in a bucket, whichever machine it runs on.

Terraform's own lock lasts as long as one apply; a walk has several, and between them another one must not begin.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any, Final

import psutil

from cli import records
from cli.errors import REFUSED, CommandError
from cli.records import ObjectRecord
from settings.settings import Settings

_OURS: Final = ".deploy-lock"
_TERRAFORMS: Final = f"{records.STATE}.tflock"


@contextlib.contextmanager
def held(settings: Settings, holder: Mapping[str, Any]) -> Iterator[None]:
    """Hold the lock while the block runs; without a bucket nothing is to be locked here.

    Args:
        settings: of the environment.
        holder: what others are told: ``who``, for people, and ``pid``.

    Raises:
        CommandError: another command, or a Terraform, holds the environment's lock; exit code 2.
    """
    if not settings.state_bucket:
        yield
        return
    lock = ObjectRecord(settings, f"{settings.name()}{_OURS}")
    text = json.dumps({**holder, "host": socket.gethostname()})
    _acquire(lock, text)
    try:
        if problem := _terraform_at_work(settings):
            raise CommandError(problem, exit_code=REFUSED)
        yield
    finally:
        lock.remove()


def at_work(settings: Settings) -> str | None:
    """Who holds the lock of the environment, since when; None without a bucket, or when nobody does."""
    if not settings.state_bucket:
        return None
    text = ObjectRecord(settings, f"{settings.name()}{_OURS}").read()
    return None if text is None or _has_ended(text) else _who(text)


def _acquire(lock: ObjectRecord, text: str) -> None:
    while not lock.create(text):
        other = lock.read()
        if other is not None and not _has_ended(other):
            raise _refusal(lock, other)
        lock.remove()


def require_free(settings: Settings) -> None:
    """Look whether anybody holds the lock, without taking it.

    Raises:
        CommandError: another command does; exit code 2.
    """
    if not settings.state_bucket:
        return
    lock = ObjectRecord(settings, f"{settings.name()}{_OURS}")
    other = lock.read()
    if other is not None and not _has_ended(other):
        raise _refusal(lock, other)


def _refusal(lock: ObjectRecord, other: str) -> CommandError:
    return CommandError(
        f"{_who(other)} is at work; wait for its end. If it was killed, remove its lock: aws s3 rm {lock}. "
        "Nothing was changed.",
        exit_code=REFUSED,
    )


def _terraform_at_work(settings: Settings) -> str:
    """Why no Terraform can begin; empty when one can."""
    found = terraforms(settings)
    if found is None:
        return ""
    return (
        f"Terraform of {found.get('Who', 'somebody')} has held its lock on the state since "
        f"{found.get('Created', 'an unknown time')}; wait for its end. If it was killed: terraform force-unlock "
        f"{found.get('ID', '')} in {settings.stack_dir}. Nothing was changed."
    )


def terraforms(settings: Settings) -> Mapping[str, Any] | None:
    """What Terraform has written down about who holds its lock in the bucket; None while nobody does.

    Raises:
        CommandError: the bucket cannot be read.
    """
    text = ObjectRecord(settings, f"{settings.name()}{_TERRAFORMS}").read()
    return None if text is None else _parse(text)


def _has_ended(text: str) -> bool:
    """Whether the holder was a process of this machine that is gone, as after SIGKILL."""
    found = _parse(text)
    here = found.get("host") == socket.gethostname()
    return here and not psutil.pid_exists(int(found.get("pid", 0)))


def _who(text: str) -> str:
    found = _parse(text)
    return f"{found.get('who', 'Another command')} on {found.get('host', 'another machine')}"


def _parse(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
