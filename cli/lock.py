"""One deploy at a time: a second one ends with the name of the first, instead of mixing with it.

Two files are locked: one beside the Terraform state of the environment, and one in the folder that synthesis writes to,
because two environments may share that folder. The operating system frees a lock when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import getpass
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TextIO

from cli import team_lock
from cli.errors import REFUSED, CommandError
from settings.folders import LOCK
from settings.settings import Settings

_INTRODUCTION_SECONDS: Final = 0.5
"""How long a holder may take, once it has the lock, to write its name into the file."""
_POLL_SECONDS: Final = 0.05
_TERRAFORM_SECONDS: Final = 600.0
PATTERN: Final = "_deploy-*.lock"
"""Of the files of environments, in the folder of their states."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds the lock. ``since`` is local time with its offset, ISO 8601."""

    pid: int
    user: str
    command: str
    environment: str
    since: str

    def __str__(self) -> str:
        clock = dt.datetime.fromisoformat(self.since).strftime("%H:%M:%S")
        return f"make {self.command} of {self.environment} (process {self.pid} of {self.user}, since {clock})"


@contextlib.contextmanager
def only_one(settings: Settings, command: str) -> Iterator[None]:
    """Hold the locks while the block runs. One that is refused before it did anything leaves no new file of them.

    Where the state is in a bucket, other machines are kept out too.

    Raises:
        CommandError: another process holds one of them, exit code 2.
    """
    me = Holder(
        pid=os.getpid(),
        user=user_name(),
        command=command,
        environment=settings.name(),
        since=dt.datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    with contextlib.ExitStack() as stack:
        for path, otherwise in _files(settings).items():
            stack.enter_context(_held(path, me, otherwise=otherwise))
        stack.enter_context(team_lock.held(settings, {"who": str(me), "pid": me.pid}))
        yield


def require_free(settings: Settings) -> None:
    """Look whether anybody holds one of the locks, without taking them: nobody is asked anything in vain.

    Raises:
        CommandError: another process does, exit code 2.
    """
    for path, otherwise in _files(settings).items():
        who = holder_of(path)
        if who is not None:
            raise _refusal(who, otherwise)
    team_lock.require_free(settings)


def _files(settings: Settings) -> Mapping[Path, str]:
    """The files to lock, and what whoever finds one locked may do."""
    return {
        of_environment(settings): "wait for its end",
        settings.out_dir / LOCK: (
            f"it writes to {settings.out_dir}: wait for its end, or set CDKTF_OUTDIR to another folder"
        ),
    }


def _refusal(who: Holder | str, otherwise: str) -> CommandError:
    return CommandError(f"{who} is at work; {otherwise}. Nothing was changed.", exit_code=REFUSED)


@contextlib.contextmanager
def _held(path: Path, me: Holder, *, otherwise: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with _locked(path, otherwise=otherwise) as file:
        file.truncate(0)
        file.write(json.dumps(asdict(me)))
        file.flush()
        try:
            yield
        except CommandError as error:
            if is_new and error.exit_code == REFUSED:
                path.unlink(missing_ok=True)
            raise
        finally:
            file.truncate(0)


@contextlib.contextmanager
def _locked(path: Path, *, otherwise: str) -> Iterator[TextIO]:
    """Open and lock the file; again if it was removed meanwhile: a lock on that would keep nobody out."""
    while True:
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _refusal(_read_holder(file), otherwise) from None
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield file
                return


def at_work(settings: Settings) -> str | None:
    """Find out whether a command works on the environment.

    Returns:
        Who, since when; None when nobody does.
    """
    holder = _holder(settings)
    return None if holder is None else str(holder)


def another_at_work(settings: Settings) -> str | None:
    """Find out whether another process works on the environment.

    Returns:
        Who, since when; None when nobody does, or this process alone.
    """
    holder = _holder(settings)
    return None if holder is None or getattr(holder, "pid", 0) == os.getpid() else str(holder)


def _holder(settings: Settings) -> Holder | str | None:
    return holder_of(of_environment(settings)) or team_lock.at_work(settings)


def holder_of(path: Path) -> Holder | str | None:
    """Who holds the lock on this file; None when nobody does."""
    with contextlib.suppress(FileNotFoundError), path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(file)
    return None


def of_environment(settings: Settings) -> Path:
    """The file that keeps others from the environment."""
    return settings.terraform_state.parent / PATTERN.replace("*", settings.name())


def _read_holder(file: TextIO) -> Holder | str:
    deadline = time.monotonic() + _INTRODUCTION_SECONDS
    while time.monotonic() < deadline:
        file.seek(0)
        try:
            return Holder(**json.loads(file.read()))
        except (ValueError, TypeError):
            time.sleep(_POLL_SECONDS)
    return "Another command"


def user_name() -> str:
    """Who runs this.

    Returns:
        The user's name, or the number where there is no name.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"user {os.getuid()}"


def wait_for_terraform(state: Path, *, say: Callable[[str], None]) -> None:
    """Return when no Terraform holds its lock on the file ``state``. One whose deployer was killed goes on to its end.

    Raises:
        CommandError: it still holds it after ten minutes.
    """
    deadline = time.monotonic() + _TERRAFORM_SECONDS
    said = False
    while state.is_file() and is_locked(state):
        if time.monotonic() > deadline:
            raise CommandError(
                f"Terraform has held its lock on {state} for {_TERRAFORM_SECONDS / 60:.0f} minutes; see what that "
                "process does, end it with SIGINT, and run the command again."
            )
        if not said:
            say("Terraform of an earlier run still works; waiting for its end")
            said = True
        time.sleep(_POLL_SECONDS)


def is_locked(path: Path) -> bool:
    """Whether another process has a POSIX lock on the file, as Terraform's local backend takes it."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
        return False
