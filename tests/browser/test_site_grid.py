"""The grid: what is listed, the filters, the states around it, and what it costs to load."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, StoppedApi
from tests.browser.mysfit_table import MYSFITS, MysfitTable, named
from tests.browser.site_page import HeldRequests

AXES = {"GoodEvil": "Good or evil", "LawChaos": "Law or chaos"}


def names_with(**wanted: str) -> list[str]:
    return sorted(m["Name"] for m in MYSFITS if all(m[axis] == value for axis, value in wanted.items()))


def test_all_twelve_are_listed_with_what_they_are(open_site: OpenSite) -> None:
    site = open_site()
    assert site.names() == names_with()
    assert len(site.names()) == 12
    for mysfit in MYSFITS:
        card = site.card(mysfit["Name"])
        expect(card.locator(".card-species")).to_have_text(mysfit["Species"])
        expect(card.locator(".axis-goodevil")).to_have_text(mysfit["GoodEvil"])
        expect(card.locator(".axis-lawchaos")).to_have_text(mysfit["LawChaos"])
    expect(site.page.get_by_role("status").filter(has_text="12 mysfits")).to_be_visible()


def test_every_portrait_is_there_and_of_its_species(open_site: OpenSite) -> None:
    site = open_site()
    for mysfit in MYSFITS:
        image = site.card(mysfit["Name"]).locator("img")
        expect(image).to_have_attribute("src", f"images/{mysfit['Species'].lower()}.svg")
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_loading_takes_one_list_request_and_under_200_kb(open_site: OpenSite) -> None:
    site = open_site()
    assert site.api_requests() == ["/mysfits"]
    sizes = [request.sizes() for request in site.requests]
    transferred = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert len(site.requests) > 20  # page, modules, styles and portraits were all seen
    assert transferred < 200_000


@pytest.mark.parametrize("axis", list(AXES))
def test_each_filter_shows_just_those_that_the_api_lists_for_it(open_site: OpenSite, axis: str) -> None:
    site = open_site()
    for value in sorted({mysfit[axis] for mysfit in MYSFITS}):
        site.choose(AXES[axis], value)
        assert site.names() == names_with(**{axis: value})
        assert site.api_requests()[-1] == f"/mysfits?filter={axis}&value={value}"
    site.page.get_by_role("button", name="View all", exact=True).click()
    site.settled()
    assert site.names() == names_with()
    assert site.api_requests()[-1] == "/mysfits"


def test_both_filters_together_narrow_further(open_site: OpenSite) -> None:
    site = open_site()
    site.choose("Good or evil", "Good")
    site.choose("Law or chaos", "Chaotic")
    assert site.names() == names_with(GoodEvil="Good", LawChaos="Chaotic") == ["CoCo", "Cole"]
    expect(site.page.get_by_role("status").filter(has_text="2 good and chaotic mysfits")).to_be_visible()


def test_a_filter_that_fits_nobody_says_so_and_leads_back(open_site: OpenSite, table: MysfitTable) -> None:
    site = open_site()
    with table.without("Pauly"):  # the only one of this kind
        site.choose("Good or evil", "Neutral")
        site.choose("Law or chaos", "Lawful")
        expect(site.page.get_by_role("heading", name="Nobody like that lives here")).to_be_visible()
        assert site.names() == []
    way_back = site.page.get_by_role("button", name="View all mysfits")
    expect(way_back).to_be_in_viewport(ratio=1)
    way_back.click()
    site.settled()
    assert site.names() == names_with()


def test_the_page_says_so_when_the_api_is_stopped_and_recovers_by_its_button(
    open_site: OpenSite, stopped_api: StoppedApi
) -> None:
    site = open_site()
    site.expect_complaint("blocked by CORS policy|Failed to load resource")
    with stopped_api():
        site.page.reload()
        expect(site.page.get_by_role("alert").filter(has_text="out of reach")).to_be_visible()
        assert site.names() == []
    site.page.get_by_role("button", name="Try again").click()
    expect(site.cards).to_have_count(12)
    expect(site.page.get_by_text("out of reach")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (1280, 640)])
def test_what_went_wrong_and_the_way_out_are_in_sight(open_site: OpenSite, width: int, height: int) -> None:
    site = open_site(width=width, height=height)
    site.expect_complaint("net::ERR_FAILED")
    site.page.route("**/mysfits", lambda route: route.abort())
    site.page.reload()
    expect(site.page.get_by_text("The service could not be reached.")).to_be_in_viewport(ratio=1)
    expect(site.page.get_by_role("button", name="Try again")).to_be_in_viewport(ratio=1)


def test_skeletons_stand_in_while_the_list_is_on_its_way(open_site: OpenSite) -> None:
    site = open_site()
    held = HeldRequests(site.page, "**/mysfits")
    site.page.reload(wait_until="domcontentloaded")
    expect(site.page.locator(".card-skeleton")).to_have_count(12)
    expect(site.page.locator("#grid")).to_have_attribute("aria-busy", "true")
    held.release()
    expect(site.cards).to_have_count(12)


def test_values_from_the_api_are_shown_as_text_and_never_run(open_site: OpenSite, table: MysfitTable) -> None:
    hostile = "<img src=x onerror=\"document.title='run'\"><b>bold</b>"
    mysfit = {**named("Pauly"), "MysfitId": "hostile-1", "Description": hostile, "ThumbImageUri": "javascript:alert(1)"}
    mysfit |= {"Name": hostile, "Species": hostile, "ProfileImageUri": 'images/x.svg"onerror="alert(1)'}
    with table.with_more(mysfit):
        site = open_site()
        expect(site.cards).to_have_count(13)
        site.open_profile(hostile)
        expect(site.dialog.locator("#profile-description")).to_have_text(hostile)
        assert site.page.locator("b", has_text="bold").count() == 0
        assert site.page.title() == f"{hostile} · Mythical Mysfits"
        assert {image.get_attribute("src") for image in site.dialog.locator("img").all()} == {"images/egg.svg"}


def test_a_site_without_its_config_says_so(open_site: OpenSite) -> None:
    site = open_site()
    site.expect_complaint("Failed to load resource|dynamically imported module|preload")
    site.page.route("**/config.js", lambda route: route.fulfill(status=404, body=""))
    site.page.reload()
    expect(site.page.get_by_role("alert").filter(has_text="without a config.js")).to_be_visible()
    site.complaints.clear()
