"""The page on paper and in colours that the visitor's system forces."""

from __future__ import annotations

import re
from typing import Final, Literal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenSite

ENOUGH_CONTRAST: Final = 4.5
"""What WCAG asks of text."""

Rgb = tuple[float, float, float]


def colour(element: Locator, name: str = "color") -> Rgb:
    text: str = element.evaluate(f"element => getComputedStyle(element).{name}")
    red, green, blue = (float(part) for part in re.findall(r"[0-9.]+", text)[:3])
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG's ratio, 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(rgb: Rgb) -> float:
    linear = [part / 3294.6 if part <= 10.31475 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_tell_the_chosen_filter(open_site: OpenSite, scheme: Literal["light", "dark"]) -> None:
    site = open_site(scheme=scheme, forced_colors="active")
    site.choose("Good or evil", "Evil")
    group = site.page.get_by_role("group", name="Good or evil")
    chosen, other = (group.locator("label", has_text=value).locator("span") for value in ("Evil", "Neutral"))
    chosen_background = colour(chosen, "backgroundColor")
    assert (
        contrast(chosen_background, colour(site.page.locator("body"), "backgroundColor")) > 3
    )  # as WCAG asks of parts
    assert contrast(colour(chosen), chosen_background) > ENOUGH_CONTRAST
    assert colour(other, "backgroundColor") != chosen_background


def test_forced_colours_tell_a_liked_heart(open_site: OpenSite) -> None:
    site = open_site(forced_colors="active")
    site.heart("Cole").click()
    expect(site.heart("Cole")).to_have_class(re.compile("is-mine"))
    mine, not_mine = (site.heart(name).locator("svg") for name in ("Cole", "Gary"))
    assert mine.evaluate("svg => getComputedStyle(svg).fill") != not_mine.evaluate("svg => getComputedStyle(svg).fill")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_every_word_is_dark_on_white(open_site: OpenSite, scheme: Literal["light", "dark"]) -> None:
    """Browsers leave backgrounds out on paper, so that only the words' own colour counts."""
    site = open_site(scheme=scheme)
    site.page.emulate_media(media="print", color_scheme=scheme)
    for words in (".banner h1", ".banner p", "#tally", ".card-link", ".card-species", ".axis-goodevil"):
        assert contrast(colour(site.page.locator(words).first), (255, 255, 255)) > ENOUGH_CONTRAST, words
    for control in ("#theme-switch", "#filters", ".heart", "#trace-switch"):
        expect(site.page.locator(control).first).to_be_hidden()


def test_on_paper_an_open_profile_is_all_there_is(open_site: OpenSite) -> None:
    site = open_site(scheme="dark")
    profile = site.open_profile("Evangeline")
    site.page.emulate_media(media="print", color_scheme="dark")
    expect(profile.locator("#profile-description")).to_be_visible()
    expect(site.cards.first).to_be_hidden()
    for words in ("#profile-name", "#profile-description", "#profile-age"):
        assert contrast(colour(profile.locator(words)), (255, 255, 255)) > ENOUGH_CONTRAST, words
