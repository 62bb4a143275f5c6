"""Accessibility: axe finds nothing serious, the keyboard reaches everything, themes can be chosen."""

from __future__ import annotations

from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MYSFITS
from tests.browser.site_page import SitePage

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


def serious_findings(site: SitePage) -> list[str]:
    answer = Axe().run(site.page).response
    assert len(answer["passes"]) > 10  # it did look
    return [
        f"{finding['id']}: {[node['target'] for node in finding['nodes']]}"
        for finding in answer["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_in_the_grid(open_site: OpenSite, scheme: Scheme) -> None:
    site = open_site("?trace", scheme=scheme)
    site.choose("Good or evil", "Evil")
    site.heart("Rujin").click()
    expect(site.page.locator(".trace-row")).to_have_count(4)
    assert serious_findings(site) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_in_a_profile(open_site: OpenSite, scheme: Scheme) -> None:
    site = open_site(scheme=scheme)
    site.open_profile("Evangeline")
    assert serious_findings(site) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_in_the_error_state(open_site: OpenSite, scheme: Scheme) -> None:
    site = open_site(scheme=scheme)
    site.expect_complaint("net::ERR_FAILED")
    site.page.route("**/mysfits", lambda route: route.abort())
    site.page.reload()
    expect(site.page.get_by_role("heading", name="out of reach")).to_be_visible()
    assert serious_findings(site) == []


def test_the_keyboard_alone_filters_likes_and_opens(open_site: OpenSite) -> None:
    site = open_site()
    press = site.page.keyboard.press
    press("Tab")
    expect(site.page.get_by_role("link", name="Skip to the mysfits")).to_be_focused()
    press("Enter")
    press("Tab")
    press("ArrowRight")
    expect(site.page.get_by_role("radio", name="Good", exact=True)).to_be_checked()
    expect(site.cards).to_have_count(sum(mysfit["GoodEvil"] == "Good" for mysfit in MYSFITS))
    for _ in range(3):  # the other filter, "View all", the first card
        press("Tab")
    expect(site.page.get_by_role("link", name="CoCo")).to_be_focused()
    press("Tab")
    expect(site.heart("CoCo")).to_be_focused()
    press("Space")
    expect(site.heart("CoCo")).to_have_class("heart is-beating is-mine")
    press("Shift+Tab")
    press("Enter")
    expect(site.dialog.get_by_role("heading", name="CoCo")).to_be_visible()


def test_the_theme_can_be_chosen_and_is_remembered(open_site: OpenSite) -> None:
    site = open_site(scheme="light")
    background = "() => getComputedStyle(document.body).backgroundColor"
    light = site.page.evaluate(background)
    switch = site.page.get_by_role("button", name="Theme")
    switch.click()
    switch.click()
    expect(switch).to_have_text("Theme: dark")
    dark = site.page.evaluate(background)
    assert dark != light
    site.page.reload()
    assert site.page.evaluate(background) == dark
    expect(switch).to_have_text("Theme: dark")
