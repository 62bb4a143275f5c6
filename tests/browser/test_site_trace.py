"""The trace panel: the same like, served by the monolith before the split and by the like service after it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from systems.rules import side_header
from tests.browser.conftest import OpenSite
from tests.browser.site_page import SitePage
from tests.conftest import Deployed


def traced_like(site: SitePage) -> Locator:
    """The panel's row of a like that is made now."""
    site.heart("CoCo").click()
    row = site.page.locator(".trace-row").filter(has_text=re.compile(r"^POST .*/like"))
    expect(row).to_have_count(1)
    return row


def test_the_panel_is_off_unless_asked_for(open_site: OpenSite) -> None:
    site = open_site()
    expect(site.page.get_by_role("complementary")).to_have_count(0)
    site.page.get_by_role("link", name="Show how requests travel").click()
    expect(site.page.get_by_role("complementary", name="How requests travelled")).to_be_visible()
    expect(site.page.locator(".trace-row")).to_have_count(1)
    site.page.get_by_role("link", name="Hide how requests travel").click()
    expect(site.page.get_by_role("complementary")).to_have_count(0)


def test_in_stage_split_a_like_passes_the_like_service_and_then_the_monolith(open_site: OpenSite) -> None:
    row = traced_like(open_site("?trace"))
    expect(row.locator(".trace-stop")).to_have_text(["browser", "load balancer", "like", "load balancer", "monolith"])
    expect(row.locator(".trace-status")).to_have_text("200")
    expect(row.locator(".trace-time")).to_have_text(re.compile(r"^\d+ ms$"))
    expect(row.locator(".trace-id")).to_have_text(re.compile(r"^request [\w-]{8,}$"))


def test_a_like_that_the_monolith_serves_by_itself_stops_there(open_site: OpenSite, deployment: Deployed) -> None:
    """As before the split: the header of testers leads the like to the old side."""
    header = side_header("old", deployment.make("canary-key").stdout.strip())
    site = open_site("?trace")
    site.page.route("**/like", lambda route: route.continue_(headers={**route.request.headers, **header}))
    expect(traced_like(site).locator(".trace-stop")).to_have_text(["browser", "load balancer", "monolith"])
