"""The profile dialog: what it tells, its address, adoption, and where the focus goes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MysfitTable, named

HASLA = named("Hasla")["MysfitId"]

_BACK_AND_AT_ONCE_FORWARD = """async () => {
    const changed = () => new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    const profile = location.hash;
    const forward = new Promise((resolve) => {
        addEventListener("hashchange", () => { location.hash = profile; resolve(changed()); }, { once: true });
    });
    history.back();
    await forward;
    await new Promise((resolve) => setTimeout(resolve, 200)); // whatever the page still does about the first change
}"""


@pytest.mark.parametrize(
    ("name", "age"), [("Hasla", "2,000,000,000 years"), ("Nessi", "75,000,000 years"), ("Pauly", "2 years")]
)
def test_a_profile_tells_all_there_is_to_know(open_site: OpenSite, table: MysfitTable, name: str, age: str) -> None:
    site = open_site()
    profile = site.open_profile(name)
    expect(profile.locator("#profile-description")).to_have_text(named(name)["Description"])
    expect(profile.locator("#profile-species")).to_have_text(named(name)["Species"])
    expect(site.fact("Age")).to_have_text(age)
    expect(site.fact("Likes")).to_have_text(re.compile(rf"^{table.likes(name):,} likes?$"))
    expect(site.fact("Good or evil")).to_have_text(named(name)["GoodEvil"])
    expect(site.fact("Law or chaos")).to_have_text(named(name)["LawChaos"])
    assert profile.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_a_profile_has_an_address_that_opens_it(open_site: OpenSite) -> None:
    site = open_site(f"#/mysfits/{HASLA}")
    expect(site.dialog.get_by_role("heading", name="Hasla")).to_be_visible()
    expect(site.page).to_have_title("Hasla · Mythical Mysfits")
    assert sorted(site.api_requests()) == ["/mysfits", f"/mysfits/{HASLA}"]
    site.leave_profile()
    expect(site.page).to_have_title("Mythical Mysfits")


def test_closing_leads_back_to_where_the_visitor_was(open_site: OpenSite) -> None:
    site = open_site()
    site.open_profile("Hasla")
    assert site.page.url.endswith(f"#/mysfits/{HASLA}")
    expect(site.dialog.get_by_role("heading", name="Hasla")).to_be_focused()
    site.dialog.get_by_role("button", name="Close").click()
    expect(site.dialog).to_be_hidden()
    expect(site.page.get_by_role("link", name="Hasla")).to_be_focused()
    expect(site.page).to_have_url(re.compile(r"/$"))


def test_back_and_forward_close_and_open_it(open_site: OpenSite) -> None:
    site = open_site()
    site.open_profile("Hasla")
    site.page.go_back()
    expect(site.dialog).to_be_hidden()
    site.page.go_forward()
    expect(site.dialog.get_by_role("heading", name="Hasla")).to_be_visible()
    site.page.mouse.click(5, 5)  # beside the dialog
    expect(site.dialog).to_be_hidden()


def test_forward_at_once_after_back_opens_it_again(open_site: OpenSite) -> None:
    site = open_site()
    site.open_profile("Hasla")
    site.page.evaluate(_BACK_AND_AT_ONCE_FORWARD)
    expect(site.page).to_have_url(re.compile(f"{HASLA}$"))
    expect(site.dialog.get_by_role("heading", name="Hasla")).to_be_visible()


def test_an_address_of_nobody_says_so(open_site: OpenSite) -> None:
    site = open_site()
    site.expect_complaint("status of 404")
    site.visit("#/mysfits/nobody-at-all")
    expect(site.dialog.get_by_role("heading", name="Nobody lives here")).to_be_visible()
    site.dialog.get_by_role("button", name="Close").click()
    expect(site.cards).to_have_count(12)
    expect(site.page.locator("#mysfits")).to_be_focused()


def test_from_nobody_a_button_leads_to_everybody(open_site: OpenSite) -> None:
    site = open_site()
    site.expect_complaint("status of 404")
    site.choose("Good or evil", "Evil")
    site.page.evaluate("location.hash = '#/mysfits/nobody-at-all'")
    site.dialog.get_by_role("button", name="View all mysfits").click()
    expect(site.dialog).to_be_hidden()
    expect(site.cards).to_have_count(12)
    expect(site.page.locator("#mysfits")).to_be_focused()
    expect(site.page).to_have_url(re.compile(r"^[^#]*$"))


def test_a_profile_that_does_not_come_can_be_tried_again(open_site: OpenSite) -> None:
    site = open_site()
    site.expect_complaint("net::ERR_FAILED")
    site.page.route(f"**/mysfits/{HASLA}", lambda route: route.abort())
    site.page.get_by_role("link", name="Hasla").click()
    expect(site.dialog.get_by_role("alert")).to_contain_text("could not be reached")
    site.page.unroute(f"**/mysfits/{HASLA}")
    site.dialog.get_by_role("button", name="Try again").click()
    expect(site.fact("Age")).to_have_text("2,000,000,000 years")


def test_adopting_is_shown_told_and_stored(open_site: OpenSite, table: MysfitTable) -> None:
    with table.restoring("Atlantis"):
        site = open_site()
        profile = site.open_profile("Atlantis")
        profile.get_by_role("button", name="Adopt Atlantis").press("Enter")
        found = profile.locator("#profile-adopted")
        expect(found).to_have_text("Atlantis has found a home.")
        expect(found).to_be_focused()  # the button that had the focus is gone
        expect(profile.get_by_role("button", name="Adopt Atlantis")).to_be_hidden()
        assert table.adopted("Atlantis")
        site.leave_profile()
        expect(site.card("Atlantis").get_by_text("Adopted")).to_be_visible()
        site.visit()
        site.open_profile("Atlantis")
        expect(found).to_have_text("Atlantis has found a home.")


def test_an_adoption_that_failed_is_not_shown_as_done(open_site: OpenSite, table: MysfitTable) -> None:
    site = open_site()
    site.expect_complaint("net::ERR_FAILED")
    profile = site.open_profile("Atlantis")
    site.page.route(re.compile(r"/adopt$"), lambda route: route.abort())
    profile.get_by_role("button", name="Adopt Atlantis").click()
    message = profile.get_by_role("alert").filter(has_text="No word on the adoption of Atlantis")
    expect(message).to_be_visible()
    expect(profile.get_by_role("button", name="Adopt Atlantis")).to_be_enabled()
    message.get_by_role("button", name="Dismiss").click()
    expect(message).to_have_count(0)
    assert not table.adopted("Atlantis")
    assert len(set(site.idempotency_keys())) == 1
