"""Layout: nothing sticks out, nothing is cut, from the narrowest to a wide window."""

from __future__ import annotations

import struct

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MysfitTable, named
from tests.browser.site_page import SitePage

WIDTHS = (320, 414, 768, 1280)


def picture_width(site: SitePage) -> int:
    """Width in pixels of a screenshot of the whole page, however far it scrolls."""
    (width,) = struct.unpack(">I", site.page.screenshot(full_page=True)[16:20])
    return int(width)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_grid_fits(open_site: OpenSite, width: int) -> None:
    site = open_site(width=width)
    assert site.overflowing() == []
    assert picture_width(site) == width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_profile_fits(open_site: OpenSite, width: int) -> None:
    site = open_site(width=width, height=640)
    site.open_profile("Hasla")  # the longest age
    assert site.overflowing() == []
    close = site.dialog.get_by_role("button", name="Close").bounding_box()
    assert close is not None
    assert 0 <= close["x"] <= width - close["width"]


@pytest.mark.parametrize("width", WIDTHS)
def test_long_names_fit(open_site: OpenSite, table: MysfitTable, width: int) -> None:
    name = "Her Serene Highness Wilhelmina Donaudampfschifffahrtsgesellschaft the Third"
    with table.with_more({**named("Nessi"), "MysfitId": "long-1", "Name": name, "Species": name}):
        site = open_site(width=width)
        assert site.overflowing() == []
        site.open_profile(name)
        assert site.overflowing() == []


@pytest.mark.parametrize("width", [320, 1280])
def test_the_trace_panel_fits(open_site: OpenSite, width: int) -> None:
    site = open_site("?trace", width=width)
    site.heart("CoCo").click()
    expect(site.page.locator(".trace-row")).to_have_count(3)
    assert site.overflowing() == []
    assert picture_width(site) == width


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_in_a_card_lies_on_top_of_its_text(open_site: OpenSite, width: int) -> None:
    site = open_site(width=width)
    for card in site.cards.all():
        text, heart = card.locator(".axes").bounding_box(), card.locator(".heart").bounding_box()
        assert text is not None
        assert heart is not None
        assert text["y"] + text["height"] <= heart["y"]
        assert min(heart["width"], heart["height"]) >= 44  # a thumb's width
