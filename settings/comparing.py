"""How answers are compared before a request comes to who is new, and recorded: COMPARE and RECORD settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from settings.numbers import is_number

DESCRIPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "COMPARE": (
        "on",
        "`off`: no new revision is compared with the one before, and no path with the service that it leaves, before "
        "the first request comes to it",
    ),
    "COMPARE_RUN": (
        "",
        "small letters and digits, part of the key of each write that is compared: with others, the writes of a day "
        "count once more",
    ),
    "RECORD_PORT": ("0", "loopback port on which `make record` listens; `0`: a free one"),
    "RECORD_SECONDS": ("", "how long `make record` listens; by default until Ctrl-C"),
}
"""Every variable that is read here, with its default and what it means."""

_RUN: Final = re.compile(r"[a-z0-9]{0,20}")


@dataclass(frozen=True, kw_only=True)
class CompareSettings:
    """How answers are compared and recorded.

    Attributes:
        on: whether a deploy compares.
        run: part of the keys of writes.
        record_port: TCP port on loopback; 0 for a free one.
        record_seconds: how long is recorded; None: until it is interrupted.
    """

    on: bool = True
    run: str = ""
    record_port: int = 0
    record_seconds: int | None = None


def read(
    value: Callable[[str], str],
    count: Callable[[str], int],
    choice: Callable[[str, str, tuple[str, ...]], str],
    *,
    problems: list[str],
) -> CompareSettings:
    """Read the variables of DESCRIPTIONS.

    Args:
        value: text of a variable.
        count: the same as a number above 0.
        choice: checks that a variable's text is one of some.
        problems: gets a line for each that is wrong.
    """
    run, port = value("COMPARE_RUN"), value("RECORD_PORT")
    if not _RUN.fullmatch(run):
        problems.append(f"COMPARE_RUN={run} is not at most 20 small letters and digits; try COMPARE_RUN=2.")
    if not (is_number(port) and int(port) <= 65535):
        problems.append(f"RECORD_PORT={port} is not a TCP port; use a number from 1 to 65535, or 0 for a free one.")
        port = "0"
    return CompareSettings(
        on=choice("COMPARE", value("COMPARE"), ("on", "off")) == "on",
        run=run,
        record_port=int(port),
        record_seconds=count("RECORD_SECONDS") if value("RECORD_SECONDS") else None,
    )
