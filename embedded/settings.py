"""What one embedded AWS needs to know before it starts. What it serves, it learns from its callers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout."""

ACCOUNT_ID: Final = "000000000000"
"""Account of the embedded AWS. No real account has it, so what belongs to one is never taken for the other's."""

_HIGHEST_PORT: Final = 65535
_COUNT_DIGITS: Final = 9

FASTEST_SCALING: Final = 60
"""Then a minute of AWS is the second in which metrics are published."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedSettings:
    """Settings of one embedded AWS, whichever systems and environments are deployed to it.

    Attributes:
        state_dir: folder of everything that it writes; removing it while nothing runs resets it.
        aws_port: TCP port of its API on 127.0.0.1.
        region: the one AWS region that it has.
        max_tasks: ECS tasks that it runs at once; None: as many as the machine bears.
        scaling_speed: periods of alarms and cooldowns of scaling pass so many times as fast as on AWS.
        account_id: of all its callers. With another one it is an account of AWS to its callers: tests deploy to it.
    """

    state_dir: Path
    aws_port: int
    region: str
    max_tasks: int | None = None
    scaling_speed: int = 1
    account_id: str = ACCOUNT_ID

    @classmethod
    def from_arguments(cls, arguments: Sequence[str]) -> EmbeddedSettings:
        """Read the command line of ``python -m embedded``.

        Raises:
            SystemExit: with code 2, after a line on stderr about what is wrong with it.
        """
        parser = argparse.ArgumentParser(prog="python -m embedded", description="The embedded AWS in the foreground.")
        parser.add_argument("--state-dir", type=Path, required=True, help="folder of everything that it writes")
        parser.add_argument(
            "--aws-port", type=_port, default=4566, help="TCP port of the API on 127.0.0.1 (%(default)s)"
        )
        parser.add_argument("--region", default="us-east-1", help="the one AWS region that it has (%(default)s)")
        parser.add_argument("--max-tasks", type=_count, help="ECS tasks at once (by default what the memory bears)")
        parser.add_argument(
            "--scaling-speed",
            type=_speed,
            default=1,
            help="how many times as fast as on AWS services scale (%(default)s)",
        )
        parser.add_argument("--account-id", type=_account, default=ACCOUNT_ID, help="of all its callers (%(default)s)")
        found = parser.parse_args(arguments)
        return cls(
            state_dir=found.state_dir.resolve(),
            aws_port=found.aws_port,
            region=found.region,
            max_tasks=found.max_tasks,
            scaling_speed=found.scaling_speed,
            account_id=found.account_id,
        )

    def arguments(self) -> list[str]:
        """The command line that ``from_arguments`` reads as these settings."""
        limit = [f"--max-tasks={self.max_tasks}"] if self.max_tasks is not None else []
        speed = [f"--scaling-speed={self.scaling_speed}"] if self.scaling_speed != 1 else []
        account = [f"--account-id={self.account_id}"] if self.account_id != ACCOUNT_ID else []
        return [
            f"--state-dir={self.state_dir}",
            f"--aws-port={self.aws_port}",
            f"--region={self.region}",
            *limit,
            *speed,
            *account,
        ]


def _port(text: str) -> int:
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(_HIGHEST_PORT)) and 0 < int(text) <= _HIGHEST_PORT
    ):
        raise argparse.ArgumentTypeError(f"{text} is not a TCP port; use a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _COUNT_DIGITS and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number of tasks; use one from 1 up")
    return int(text)


def _speed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:_COUNT_DIGITS]) <= FASTEST_SCALING):
        raise argparse.ArgumentTypeError(f"{text} is not a speed; use a number from 1 to {FASTEST_SCALING}")
    return int(text)


def _account(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == len(ACCOUNT_ID)):
        raise argparse.ArgumentTypeError(f"{text} is not the id of an account; use {len(ACCOUNT_ID)} digits")
    return text
