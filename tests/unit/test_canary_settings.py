"""The settings that begin with CANARY."""

from __future__ import annotations

import pytest

from settings.canary import CanarySettings
from settings.settings import Settings, SettingsError


def canary(**environ: str) -> CanarySettings:
    return Settings.from_environ(environ).canary


def test_by_default_everybody_earns_requests_in_two_steps() -> None:
    assert canary() == CanarySettings(steps=(10, 50), seconds=30, requests=200, min_requests=20, idle="promote")
    assert canary(CANARY="off").steps == ()
    assert canary(CANARY=" 5, 25 ,50 ").steps == (5, 25, 50)


def test_an_idle_site_goes_on_here_and_stops_on_aws_unless_it_is_told() -> None:
    assert canary().promotes_idle
    assert not canary(TARGET="aws").promotes_idle
    assert canary(TARGET="aws", CANARY_IDLE="promote").promotes_idle
    assert not canary(CANARY_IDLE="stop").promotes_idle


def test_alarms_are_a_list_of_names() -> None:
    assert canary(CANARY_ALARMS="queue, stock level ,").alarms == ("queue", "stock level")


def test_visitors_are_sticky_when_asked() -> None:
    assert canary(CANARY_STICKY="1").sticky
    assert not canary(CANARY_STICKY="0").sticky


@pytest.mark.parametrize("text", ["50,10", "10,10", "0,10", "100", "10,x", "-1", "5.5", ",", "10,,50", "OFF"])
def test_steps_are_rising_percentages_below_a_hundred(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        canary(CANARY=text)
    assert caught.value.problems == (
        f"CANARY={text} is not a list of rising percentages from 1 to 99; try CANARY=10,50, or CANARY=off.",
    )


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("CANARY_MIN_REQUESTS", "0", "try CANARY_MIN_REQUESTS=20."),
        ("CANARY_IDLE", "stopp", "did you mean CANARY_IDLE=stop?"),
        ("CANARY_STICKY", "yes", "is not one of 0, 1"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_can(name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        canary(**{name: value})
    (problem,) = caught.value.problems
    assert name in problem
    assert hint in problem
