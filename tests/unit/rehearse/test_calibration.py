"""How slow the machine is, against the one of the limits."""

from __future__ import annotations

import pytest

from rehearse import calibration


class Pool:
    """Two processes that take so long for a round."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, processes: int) -> Pool:
        assert processes == 2
        return self

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, _: object, rounds: list[int]) -> list[list[float]]:
        return [[seconds] * count for seconds, count in zip(self._seconds, rounds, strict=True)]


@pytest.mark.parametrize(("seconds", "slowness"), [((0.1, 0.1), 1.0), ((0.05, 0.05), 1.0), ((0.1, 0.2), 1.5)])
def test_it_is_the_mean_of_what_both_processors_take_and_never_below_one(
    seconds: tuple[float, float], slowness: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "ProcessPoolExecutor", Pool(*seconds))
    assert calibration.slowness() == pytest.approx(slowness)


def test_a_round_is_work_that_takes_time() -> None:
    assert all(seconds > 0.01 for seconds in calibration._rounds(2))
