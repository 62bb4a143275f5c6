"""The open profile's layout: its buttons in sight, nothing that jumps, the trace beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MysfitTable, named
from tests.browser.site_page import HeldRequests, SitePage

LONG_NAME = "Her Serene Highness Wilhelmina Donaudampfschifffahrtsgesellschaft the Third"

_ON_TOP = """element => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return found !== null && element.contains(found);
}"""


_RISEN = """dialog => Promise.all(
    dialog.getAnimations({ subtree: true })
        .filter(one => Number.isFinite(one.effect.getComputedTiming().endTime))
        .map(one => one.finished)
)"""
"""Waits for what moves within the dialog too: its name rises a little after it."""


def boxes(
    site: SitePage,
    parts: tuple[str, ...] = ("#profile", "#profile-name", "#profile-like", "#profile-age", "#profile-image"),
) -> list[object]:
    """Where these parts are once the dialog has risen: by default itself, its heart and its text."""
    site.page.locator("#profile").evaluate(_RISEN)
    return [site.page.locator(part).bounding_box() for part in parts]


def click_where_it_is(element: Locator) -> None:
    """Click as a mouse does. ``Locator.click`` scrolls first, and would be taken for a jump."""
    box = element.bounding_box()
    assert box is not None
    element.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def in_sight(element: Locator) -> None:
    expect(element).to_be_in_viewport(ratio=1)
    assert element.evaluate(_ON_TOP)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 664), (320, 568), (1280, 800), (1280, 480)])
@pytest.mark.parametrize("path", ["", "?trace"])
def test_the_buttons_are_in_sight(open_site: OpenSite, table: MysfitTable, width: int, height: int, path: str) -> None:
    with table.homeless("Evangeline"):
        site = open_site(path, width=width, height=height)
        profile = site.open_profile("Evangeline")  # the longest description
        for name in ("Adopt Evangeline", "Like Evangeline", "Close"):
            in_sight(profile.get_by_role("button", name=name))
        for text in ("#profile-description", "#profile-lawchaos"):
            profile.locator(text).scroll_into_view_if_needed()
            assert profile.locator(text).evaluate(_ON_TOP)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", ["Atlantis", LONG_NAME])
def test_adopting_moves_nothing(open_site: OpenSite, table: MysfitTable, width: int, name: str) -> None:
    mysfit = {**named("Atlantis"), "MysfitId": "jumpy-1", "Name": LONG_NAME}
    with table.restoring("Atlantis"), table.with_more(mysfit):
        site = open_site(width=width, height=844)
        profile = site.open_profile(name)
        before = boxes(site)
        held = HeldRequests(site.page, "**/adopt")
        click_where_it_is(profile.get_by_role("button", name=f"Adopt {name}"))
        expect(profile.get_by_role("button", name="Signing papers …")).to_be_visible()
        assert boxes(site) == before
        held.release()
        expect(profile.get_by_text(f"{name} has found a home.").first).to_be_visible()
        expect(profile.locator("#profile-adopt")).to_be_hidden()
        assert boxes(site) == before
        assert site.overflowing() == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 800)])
def test_a_profile_opens_in_its_final_size(open_site: OpenSite, width: int, height: int) -> None:
    site = open_site(width=width, height=height)
    frame = ("#profile", "#profile-name", "#profile-image")
    held = HeldRequests(site.page, "**/mysfits/*")
    site.page.get_by_role("link", name="Evangeline").click()  # the longest description
    expect(site.page.locator("#profile")).to_have_attribute("data-state", "loading")
    before = boxes(site, frame)
    held.release()
    expect(site.page.locator("#profile")).to_have_attribute("data-state", "shown")
    assert boxes(site, frame) == before


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_the_trace_is_above_the_dim_and_beside_the_profile(open_site: OpenSite, width: int, height: int) -> None:
    site = open_site("?trace", width=width, height=height)
    site.open_profile("Hasla")
    panel = site.page.get_by_role("complementary", name="How requests travelled")
    in_sight(panel)
    expect(panel.locator(".trace-row").first).to_contain_text(f"GET /mysfits/{named('Hasla')['MysfitId']}")
    dialog_box, panel_box = site.page.locator("#profile").bounding_box(), panel.bounding_box()
    assert dialog_box is not None
    assert panel_box is not None
    assert dialog_box["y"] + dialog_box["height"] <= panel_box["y"]
    panel.locator(".trace-rows").focus()  # within the modal dialog, or the browser would refuse
    expect(panel.locator(".trace-rows")).to_be_focused()
    site.leave_profile()
    in_sight(panel)


def test_messages_stand_above_the_trace(open_site: OpenSite) -> None:
    site = open_site("?trace")
    site.expect_complaint("net::ERR_FAILED")
    site.page.route("**/like", lambda route: route.abort())
    site.heart("CoCo").click()
    message = site.page.get_by_role("alert").filter(has_text="No word on your like for CoCo")
    expect(message).to_be_visible()
    in_sight(message.get_by_role("button", name="Dismiss"))
    in_sight(site.page.get_by_role("complementary"))
