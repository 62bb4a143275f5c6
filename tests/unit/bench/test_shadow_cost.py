"""How the cost of shadowing is told from latencies that vary."""

from __future__ import annotations

import random

import pytest

from bench.shadow_cost import Latencies, change_of_p99


def rounds(slower: float, *, seed: int) -> list[list[float]]:
    """Thirty rounds of 200 latencies, some rounds slow as a whole."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    pace = [chance.choice((1.0, 1.0, 1.5)) for _ in range(30)]
    return [[one * slower * chance.lognormvariate(2, 0.3) for _ in range(200)] for one in pace]


def test_p99_is_that_of_all_latencies_by_how_often_their_round_counts() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert Latencies([hundred]).p99() == 99.0
    both = Latencies([hundred, [1000.0] * 3])
    assert both.p99() == 1000.0
    assert both.p99([1, 0]) == 99.0
    with pytest.raises(ValueError, match="no latencies"):
        Latencies([]).p99()


@pytest.mark.parametrize("slower", [1.0, 1.2])
def test_the_interval_holds_the_true_change(slower: float) -> None:
    one, other = Latencies(rounds(1.0, seed=1)), Latencies(rounds(slower, seed=2))
    low, high = change_of_p99(one, other, samples=100)
    assert low < slower - 1 < high
    assert high - low < 0.4


def test_no_change_has_no_width() -> None:
    same = Latencies(rounds(1.0, seed=3))
    assert change_of_p99(same, same, samples=50) == (0.0, 0.0)
