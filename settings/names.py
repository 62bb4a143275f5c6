"""Settings that become parts of names on AWS: ENV, REGION, STATE_BUCKET and REVISION; and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_ENV: Final = re.compile(r"(?=.{1,12}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_REVISION: Final = re.compile(r"[a-z0-9]{0,20}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
INTERNAL: Final = "internal"
"""Last part of the name of an environment's internal load balancer."""
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def short_name(name: str, *, environment: str) -> str:
    """Name of an AWS object within its environment: ``orders`` of ``shop-dev-orders`` in ``shop-dev``.

    Returns:
        The whole name, if it is none of this environment's.
    """
    return name.removeprefix(f"{environment}-")


@dataclass(frozen=True, kw_only=True)
class Names:
    """Their texts; ``state_bucket`` and ``revision`` may be empty."""

    env: str
    region: str
    state_bucket: str
    revision: str


def read(value: Callable[[str], str], *, target: str, problems: list[str]) -> Names:
    """Read the four variables.

    Args:
        value: text of a variable.
        target: value of TARGET; a state bucket matters on AWS only.
        problems: gets a line for each that is wrong.
    """
    env = value("ENV")
    if not _ENV.fullmatch(env):
        nearest = re.sub(r"[^a-z0-9]", "", env.lower()).lstrip("0123456789")[:12] or "dev"
        problems.append(
            f"ENV={env} cannot be part of AWS names (at most 12 small letters, digits and single hyphens between "
            f"them, a letter first); try ENV={nearest}."
        )
    if env.endswith(f"-{INTERNAL}"):
        other = env.removesuffix(f"-{INTERNAL}")
        problems.append(
            f"ENV={env} is no name to take: its load balancer would be called as the internal one of ENV={other}; try "
            f"ENV={other}{INTERNAL}."
        )
    region = value("REGION")
    if not _REGION.fullmatch(region):
        problems.append(f"REGION={region} is not an AWS region; try REGION=us-east-1.")
    state_bucket = value("STATE_BUCKET") if target == "aws" else ""
    if state_bucket and not _BUCKET.fullmatch(state_bucket):
        problems.append(f"STATE_BUCKET={state_bucket} is no name of a bucket; leave it out, or name one.")
    revision = value("REVISION")
    if not _REVISION.fullmatch(revision):
        problems.append(f"REVISION={revision} is not at most 20 small letters and digits; try REVISION=r2.")
    return Names(env=env, region=region, state_bucket=state_bucket, revision=revision)
