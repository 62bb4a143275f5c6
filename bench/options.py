"""What a benchmark is asked to do: flags of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.workload import CROWD
from cli.errors import OptionsError
from settings.folders import problem_of_report
from systems.checkout import ROOT

FEW: Final = 32
"""Connections of a smaller closed loop: the fewer there are, the harder it is to share a call."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One benchmark.

    Attributes:
        rounds: how often the highest rate of each side and operation is searched; medians are shown.
        steps: of one search in the first round.
        seconds: of one step, and of one measurement of the closed loop.
        clients: numbers of connections that the closed loop keeps busy.
        one_client_rounds: how often one client is measured, which is judged.
        long_requests: answered by our service at the end, while its memory is watched; 0 leaves that out.
        out: file of the report; its picture and its numbers go beside it.
    """

    rounds: int = 3
    steps: int = 5
    seconds: float = 2.0
    clients: tuple[int, ...] = (1, FEW, CROWD)
    one_client_rounds: int = 5
    long_requests: int = 300_000
    out: Path


def parse(arguments: Sequence[str]) -> Options:
    """Read the flags; exit with 2 and the usage on what argparse itself refuses.

    Returns:
        What to measure.

    Raises:
        OptionsError: no clients to judge by, or a report that cannot be written.
    """
    given = _parser().parse_args(arguments)
    clients = tuple(dict.fromkeys(given.clients))
    if 1 not in clients:
        raise OptionsError("One client is judged too; add 1 to --clients.")
    out = (ROOT / given.out).resolve()
    if problem := problem_of_report("--out", out, is_folder=False):
        raise OptionsError(problem)
    return Options(
        rounds=given.rounds,
        steps=given.steps,
        seconds=given.seconds,
        clients=clients,
        one_client_rounds=given.one_client_rounds,
        long_requests=given.long_requests,
        out=out,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure which rates our services and Flask with boto3 bear, interleaved, and judge the ratios.",
        epilog="Exit code: 0 every criterion met, 1 one missed, 2 not possible as asked, 130 interrupted.",
    )
    add = parser.add_argument
    add("--rounds", type=_at_least_one, default=Options.rounds, help="of all searches (default: %(default)s)")
    add(
        "--steps",
        type=_at_least_one,
        default=Options.steps,
        help="of one search in the first round (default: %(default)s)",
    )
    add("--seconds", type=_seconds, default=Options.seconds, help="of one measurement (default: %(default)g)")
    add(
        "--clients",
        type=_at_least_one,
        nargs="+",
        default=list(Options.clients),
        help="connections of the closed loop (default: 1 32 128)",
    )
    add(
        "--one-client-rounds",
        type=_at_least_one,
        default=Options.one_client_rounds,
        help="of the closed loop with one client (default: %(default)s)",
    )
    add(
        "--long-requests",
        type=int,
        default=Options.long_requests,
        help="answered while memory is watched, at the end; 0 for none (default: %(default)s)",
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
