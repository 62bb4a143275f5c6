from __future__ import annotations

import pytest

from reporting.criteria import Criterion, print_criteria


def test_criteria_are_aligned_lines_that_say_what_was_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    print_criteria(
        [
            Criterion(name="Visits that failed", wanted="0", measured="1 of 9", met=False),
            Criterion(name="Walk", wanted="a → b", measured="all of it", met=True),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        "MISSED Visits that failed  1 of 9  (wanted: 0)",
        "met    Walk                all of it  (wanted: a → b)",
    ]


def test_no_criteria_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_criteria([])
    assert not capsys.readouterr().out
