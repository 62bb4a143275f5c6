"""The setting SHADOW."""

from __future__ import annotations

import pytest

from settings.settings import Settings, SettingsError


def shadow_percent(**environ: str) -> int:
    return Settings.from_environ(environ).shadow_percent


def test_by_default_no_request_goes_to_the_new_side_too() -> None:
    assert shadow_percent() == 0


@pytest.mark.parametrize(("text", "percent"), [("0", 0), ("5", 5), ("100", 100)])
def test_it_is_a_percentage(text: str, percent: int) -> None:
    assert shadow_percent(SHADOW=text) == percent


@pytest.mark.parametrize("text", ["101", "-1", "5.5", "5%", "all"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        shadow_percent(SHADOW=text)
    assert caught.value.problems == (f"SHADOW={text} is not a percentage from 0 to 100; try SHADOW=5.",)


def test_a_system_in_which_nobody_can_do_it_refuses_and_says_why() -> None:
    bookshop = {"SYSTEM": "examples/bookshop"}
    assert shadow_percent(**bookshop, SHADOW="0") == 0
    with pytest.raises(SettingsError) as caught:
        shadow_percent(**bookshop, SHADOW="5")
    assert caught.value.problems == (
        "SHADOW=5: none of monolith, orders can send its requests to the new side too; leave SHADOW out, or teach a "
        "service to do so and say can_shadow=True in its declaration.",
    )
