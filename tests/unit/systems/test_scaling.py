"""A declaration by which a service could not scale is refused with every reason."""

from __future__ import annotations

from typing import Any

import pytest

from systems.scaling import Scaling

GOOD = {"least": 2, "most": 6, "cpu_percent": 60.0}


def problems(begins_with: int = 2, **more: Any) -> list[str]:
    return list(Scaling(**{**GOOD, **more}).problems("web", begins_with=begins_with))


def test_a_good_one_has_no_problem() -> None:
    assert problems() == []
    assert problems(cpu_percent=None, requests_per_minute=600) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"begins_with": 1}, "web begins with 1 tasks and would scale from 2 to 6"),
        ({"begins_with": 7}, "web begins with 7 tasks"),
        ({"least": 0, "most": 0, "begins_with": 0}, "scale from 0 to 0"),
        ({"cpu_percent": 0.0}, "by a percentage"),
        ({"memory_percent": 101.0}, "by a percentage"),
        ({"requests_per_minute": 0.0}, "by a number of requests"),
        ({"cpu_percent": None}, "scales by nothing"),
        ({"in_cooldown_seconds": -1}, "cooldown below 0"),
    ],
)
def test_what_is_wrong_is_said(more: dict[str, Any], why: str) -> None:
    (told,) = problems(**more)
    assert why in told
