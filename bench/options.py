"""What a benchmark is asked to do: flags of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from systems.checkout import ROOT

CROWD: Final = 128
"""Connections at which rates are judged: a hot mysfit is one that many like at once."""

JUDGED_CALLS_AT: Final = 32
"""Connections at which DynamoDB calls are judged: the fewer there are, the harder it is to share a call."""


class OptionsError(ValueError):
    """What cannot be measured, and what can."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One benchmark.

    Attributes:
        rounds: how often every pair of side and operation is measured; medians are told.
        seconds: of one measurement.
        clients: numbers of connections that are kept busy.
        soak_requests: answered by our service at the end, while its memory is watched; 0 leaves that out.
        out: file of the report; its picture and its numbers go beside it.
    """

    rounds: int = 5
    seconds: float = 2.0
    clients: tuple[int, ...] = (1, 8, JUDGED_CALLS_AT, CROWD)
    soak_requests: int = 900_000
    out: Path


def parse(arguments: Sequence[str]) -> Options:
    """Options from flags; exits with 2 and the usage on what argparse itself refuses.

    Raises:
        OptionsError: no clients to judge by.
    """
    given = _parser().parse_args(arguments)
    clients = tuple(dict.fromkeys(given.clients))
    missing = [str(number) for number in (JUDGED_CALLS_AT, CROWD) if number not in clients]
    if missing:
        raise OptionsError(f"Criteria are judged at {' and '.join(missing)} clients too; add that to --clients.")
    return Options(
        rounds=given.rounds,
        seconds=given.seconds,
        clients=clients,
        soak_requests=given.soak_requests,
        out=(ROOT / given.out).resolve(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure our services against plain Flask and boto3, interleaved, and judge the ratios.",
        epilog="Exit code: 0 every criterion met, 1 one missed, 2 not possible as asked, 130 interrupted.",
    )
    add = parser.add_argument
    add("--rounds", type=_at_least_one, default=Options.rounds, help="per side and operation (default: %(default)s)")
    add("--seconds", type=_seconds, default=Options.seconds, help="of one measurement (default: %(default)g)")
    add(
        "--clients",
        type=_at_least_one,
        nargs="+",
        default=list(Options.clients),
        help="numbers of connections (default: 1 8 32 128)",
    )
    add(
        "--soak-requests",
        type=int,
        default=Options.soak_requests,
        help="answered while memory is watched, at the end; about what the workshop's way of writing the service can "
        "answer in an hour (default: %(default)s)",
    )
    add("--out", default="docs/performance.md", help="report (default: %(default)s)")
    return parser


def _at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 1 to 60")
    return value
