"""How slow this machine is now, against the one on which the limits in seconds were set.

A hop is processor time most of all: Terraform, its provider and the tasks that start. Where a processor does less in a
second, because it is an older one or shares its core with other machines, a hop takes longer in the same measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import fmean
from typing import Final

_ROUNDS: Final = 5
_STEPS: Final = 2_000_000

REFERENCE_SECONDS: Final = 0.1
"""What one round took on the 2-core machine of the limits, on both cores at a time."""


def slowness(*, clock: Callable[[], float] = time.process_time) -> float:
    """Do a fixed piece of work, and take the seconds of processor: what else runs here makes it little longer.

    Returns:
        How many times longer it took than on the machine of the limits; at least 1.
    """
    return max(1.0, fmean(_round(clock) for _ in range(_ROUNDS)) / REFERENCE_SECONDS)


def _round(clock: Callable[[], float]) -> float:
    began = clock()
    total = 0
    for number in range(_STEPS):
        total ^= number * number
    return clock() - began
