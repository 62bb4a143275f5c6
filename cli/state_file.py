"""Reading a Terraform state that another command may be writing: Terraform writes a file in place, not by a rename."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard

from cli import lock, records
from cli.errors import CommandError
from cli.records import Record
from settings.settings import Settings

_WAIT_SECONDS: Final = 5.0
"""Writing takes milliseconds; so long a file that is empty or cut is read again."""
_POLL_SECONDS: Final = 0.02
_VERSION: Final = 4
"""Of the format; every Terraform since 0.12 writes it."""


def read(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Read the state of an environment as it was written whole.

    Args:
        settings: of the environment.
        clock: monotonic seconds.
        sleep: waits so many of them.

    Returns:
        The state's document; empty when nothing was ever applied.

    Raises:
        CommandError: the file is no state, and nobody is writing it.
    """
    record, deadline = records.of(settings, records.STATE), clock() + _WAIT_SECONDS
    while True:
        who = lock.another_at_work(settings)
        try:
            text = record.read()
            if text is None or (not text and who is None):
                return {}
            document = json.loads(text)
        except ValueError:
            document = None
        if _is_state(document):
            return _known(document, record)
        if who is None:
            before = "it is a version of that object" if settings.state_bucket else f"cp {record}.backup {record}"
            raise CommandError(
                f"{record} cannot be read, it is no Terraform state. To go back to Terraform's copy of it before the "
                f"last change: {before}"
            )
        if clock() >= deadline:
            raise CommandError(f"{record} is being written: {who} is at work. Try again when that is over.")
        sleep(_POLL_SECONDS)


def outputs(document: Mapping[str, Any]) -> dict[str, Any]:
    """Find what the last apply told.

    Returns:
        Value by name; none in an empty state.
    """
    return {name: output["value"] for name, output in document.get("outputs", {}).items()}


def resources(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Find what Terraform manages.

    Returns:
        Type and attributes of every instance; none in an empty state.
    """
    return [
        (str(resource["type"]), instance["attributes"])
        for resource in document.get("resources", [])
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def _is_state(document: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it has the form of one, as far as that is read here."""
    match document:
        case {"outputs": other} if not isinstance(other, dict):
            return False
        case {"resources": other} if not isinstance(other, list):
            return False
    return isinstance(document, dict)


def _known(document: dict[str, Any], record: Record) -> dict[str, Any]:
    if document.get("version") != _VERSION:
        raise CommandError(f"{record} is of version {document.get('version')}; only version {_VERSION} can be read.")
    return document
