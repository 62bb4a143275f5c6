"""How slow this machine is now, against the one on which the limits in seconds were set.

A hop is processor time most of all: Terraform, its provider and the tasks that start. Where that is scarce, because the
machine is slower or does other things besides, a hop takes longer in the same measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from statistics import fmean
from typing import Final

_PROCESSES: Final = 2
_ROUNDS: Final = 5
_STEPS: Final = 2_000_000

REFERENCE_SECONDS: Final = 0.1
"""What one round took on the 2-core machine of the limits, with nothing beside it."""


def slowness() -> float:
    """Do a fixed piece of work on two processors at a time, and take the time.

    Returns:
        How many times longer it took than on the machine of the limits; at least 1.
    """
    with ProcessPoolExecutor(_PROCESSES) as pool:
        seconds = [taken for rounds in pool.map(_rounds, [_ROUNDS] * _PROCESSES) for taken in rounds]
    return max(1.0, fmean(seconds) / REFERENCE_SECONDS)


def slowness_of_a_processor() -> float:
    """The same work on one processor, in seconds of that processor: what else runs makes it little longer.

    Returns:
        As ``slowness``.
    """
    return max(1.0, fmean(_rounds(_ROUNDS, clock=time.process_time)) / REFERENCE_SECONDS)


def _rounds(count: int, *, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Seconds of each of ``count`` rounds."""
    taken = []
    for _ in range(count):
        began = clock()
        total = 0
        for number in range(_STEPS):
            total ^= number * number
        taken.append(clock() - began)
    return taken
