"""When a new service counts as worse than the monolith."""

from __future__ import annotations

import pytest

from cli.canary import Figures, verdict

OLD = Figures(requests=1000, errors=0, latency_seconds=0.02)


@pytest.mark.parametrize(
    ("requests", "errors", "latency_seconds", "worse"),
    [
        (100, 0, 0.02, False),
        (100, 1, 0.02, False),
        (100, 2, 0.02, True),
        (100, 0, 0.08, False),
        (100, 0, 0.10, True),
        (9, 9, 9.0, False),
        (0, 0, None, False),
    ],
    ids=["as good", "1 %", "2 %", "a hop slower", "too slow", "too few to tell", "no requests"],
)
def test_errors_and_latency_decide(requests: int, errors: int, latency_seconds: float | None, worse: bool) -> None:
    new = Figures(requests=requests, errors=errors, latency_seconds=latency_seconds)
    assert (verdict(new, OLD) is not None) is worse


def test_a_failing_monolith_allows_the_new_service_as_much() -> None:
    failing = Figures(requests=1000, errors=100, latency_seconds=0.02)
    assert verdict(Figures(requests=100, errors=10, latency_seconds=0.02), failing) is None
    assert verdict(Figures(requests=100, errors=11, latency_seconds=0.02), failing) is not None


def test_without_a_monolith_to_compare_with_only_errors_decide() -> None:
    idle = Figures(requests=0, errors=0, latency_seconds=None)
    assert verdict(Figures(requests=100, errors=0, latency_seconds=9.0), idle) is None
    assert verdict(Figures(requests=100, errors=5, latency_seconds=0.01), idle) is not None
