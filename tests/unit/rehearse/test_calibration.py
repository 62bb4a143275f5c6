"""How slow the machine is, against the one of the limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import pytest

from rehearse import calibration


def clock(rounds: Sequence[float]) -> Callable[[], float]:
    """Seconds as they are read before and after rounds that take so long."""
    return iter(accumulate([0.0, *(step for seconds in rounds for step in (seconds, 0.0))])).__next__


@pytest.mark.parametrize(
    ("rounds", "slowness"),
    [((0.1,) * 5, 1.0), ((0.05,) * 5, 1.0), ((0.15,) * 5, 1.5), ((0.1, 0.1, 0.1, 0.1, 0.6), 2.0)],
)
def test_it_is_the_mean_of_what_the_rounds_take_and_never_below_one(
    rounds: Sequence[float], slowness: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "_STEPS", 1)
    assert calibration.slowness(clock=clock(rounds)) == pytest.approx(slowness)


def test_a_round_is_work_that_takes_time() -> None:
    assert calibration.slowness() > 0.1
