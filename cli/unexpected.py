"""Unexpected errors, reported in one line. The traceback goes to a file."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import traceback
from pathlib import Path
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from cli.aws import UNANSWERED, unanswered
from embedded.private_folders import FILE_MODE
from settings.settings import Settings

LOG_NAME: Final = "command-errors.log"
_LOG_BYTES: Final = 1_000_000
"""A longer file is replaced."""


def explain(problem: Exception, *, command: str, settings: Settings | None) -> str:
    """Explain a problem, and write its traceback to a file where one line cannot say it all.

    Args:
        problem: that ended the command.
        command: what was run, such as ``deploy``.
        settings: None when they could not be read.

    Returns:
        What went wrong, why and what to do next.
    """
    match problem:
        case NoCredentialsError() | PartialCredentialsError() | TokenRetrievalError():
            return f"AWS does not accept the credentials of this shell ({problem}); log in and try again."
        case _ if isinstance(problem, UNANSWERED) and settings is not None:
            return unanswered(problem, settings)
        case ClientError():
            error = problem.response["Error"]
            text = f"AWS refused {problem.operation_name}: {error['Code']}, {error.get('Message', '')}".rstrip(" .,")
            return f"{text}. The details are in {_write_down(problem, command, settings)}."
        case BotoCoreError():
            text = f"AWS cannot be asked: {problem}".rstrip(".")
            return f"{text}. The details are in {_write_down(problem, command, settings)}."
    kind = type(problem).__name__
    return (
        f"make {command} met an error that it does not know ({kind}: {_one_line(problem)}). The details are in "
        f"{_write_down(problem, command, settings)}; run the command again, and report that file if it repeats."
    )


def _one_line(problem: Exception) -> str:
    text = str(problem).strip()
    return text.splitlines()[0].rstrip(".") if text else "no text"


def _write_down(problem: Exception, command: str, settings: Settings | None) -> Path:
    """Append the traceback to the error log beside the Terraform state, else to one in the temporary folder."""
    folders = [settings.terraform_state.parent] if settings is not None else []
    title = f"{dt.datetime.now().astimezone().isoformat(timespec='seconds')} make {command}\n"
    text = title + "".join(traceback.format_exception(problem)) + "\n"
    for folder in folders:
        try:
            return _append(folder / LOG_NAME, text)
        except OSError:
            continue
    handle, name = tempfile.mkstemp(prefix="deployer-", suffix=".log", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _append(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = "a" if path.is_file() and path.stat().st_size < _LOG_BYTES else "w"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if mode == "a" else os.O_TRUNC), FILE_MODE)
    with os.fdopen(descriptor, mode, encoding="utf-8") as file:
        file.write(text)
    return path
