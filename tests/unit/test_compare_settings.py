"""The settings that begin with COMPARE and RECORD."""

from __future__ import annotations

import pytest

from settings.comparing import CompareSettings
from settings.settings import Settings, SettingsError


def compare(**environ: str) -> CompareSettings:
    return Settings.from_environ(environ).compare


def test_by_default_answers_are_compared_and_a_recording_lasts_until_it_is_ended() -> None:
    assert compare() == CompareSettings(on=True, run="", record_port=0, record_seconds=None)
    assert not compare(COMPARE="off").on
    assert compare(COMPARE_RUN="r2", RECORD_PORT="9000", RECORD_SECONDS="30") == CompareSettings(
        run="r2", record_port=9000, record_seconds=30
    )


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("COMPARE", "offf", "did you mean COMPARE=off?"),
        ("COMPARE_RUN", "Run 2", "try COMPARE_RUN=2."),
        ("RECORD_PORT", "70000", "or 0 for a free one."),
        ("RECORD_PORT", "x", "or 0 for a free one."),
        ("RECORD_SECONDS", "0", "is not a whole number above 0"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_can(name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        compare(**{name: value})
    (problem,) = caught.value.problems
    assert problem.startswith(name)
    assert hint in problem
