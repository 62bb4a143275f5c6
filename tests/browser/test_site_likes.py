"""The hearts: at once on the page, once in the table, and honest when it went wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MysfitTable
from tests.browser.site_page import HeldRequests, SitePage

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LIKES = re.compile(r"/like$")


@pytest.fixture
def site(open_site: OpenSite) -> Iterator[SitePage]:
    yield open_site()


def test_a_like_is_one_more_on_the_page_and_in_the_table(site: SitePage, table: MysfitTable) -> None:
    before = table.likes("CoCo")
    site.heart("CoCo").click()
    site.expect_likes("CoCo", before + 1)
    assert table.likes("CoCo") == before + 1
    expect(site.heart("CoCo")).to_have_accessible_name(re.compile(rf"^Like CoCo, {before + 1:,} likes? so far$"))
    expect(site.page.get_by_role("status").filter(has_text="CoCo now has")).to_be_attached()


def test_a_like_shows_before_any_answer(site: SitePage, table: MysfitTable) -> None:
    before = table.likes("Gary")
    held = HeldRequests(site.page, LIKES)
    site.heart("Gary").click()
    expect(site.heart("Gary").locator(".heart-count")).to_have_text("+1")
    expect(site.heart("Gary")).to_have_class(re.compile("is-mine"))
    assert table.likes("Gary") == before
    held.release()
    site.expect_likes("Gary", before + 1)


def test_each_click_has_a_key_of_its_own_and_counts(site: SitePage, table: MysfitTable) -> None:
    before = table.likes("Cole")
    for _ in range(3):
        site.heart("Cole").click()
    site.expect_likes("Cole", before + 3)
    assert table.likes("Cole") == before + 3
    assert len(set(site.idempotency_keys())) == len(site.idempotency_keys()) == 3
    assert all(UUID.fullmatch(key) for key in site.idempotency_keys())


def test_keys_are_made_on_plain_http_too(site: SitePage, table: MysfitTable) -> None:
    """Outside of loopback, a website endpoint of S3 is no secure context and lacks crypto.randomUUID."""
    site.page.add_init_script("delete Crypto.prototype.randomUUID")
    site.page.reload()
    before = table.likes("Hasla")
    site.heart("Hasla").click()
    site.expect_likes("Hasla", before + 1)
    assert [bool(UUID.fullmatch(key)) for key in site.idempotency_keys()] == [True]


def test_a_lost_answer_is_asked_for_again_with_the_same_key_and_counts_once(site: SitePage, table: MysfitTable) -> None:
    site.expect_complaint("net::ERR_FAILED")
    before = table.likes("Pauly")

    def lose_the_answer(route: Route) -> None:
        assert route.fetch().status == 200  # the like has arrived
        route.abort()

    site.page.route(LIKES, lose_the_answer, times=1)
    site.heart("Pauly").click()
    site.expect_likes("Pauly", before + 1)
    assert table.likes("Pauly") == before + 1
    assert len(site.idempotency_keys()) == 2
    assert len(set(site.idempotency_keys())) == 1


def test_a_busy_service_is_given_the_time_that_it_asks_for(site: SitePage, table: MysfitTable) -> None:
    site.expect_complaint("status of 503")
    before = table.likes("Nessi")
    asked: list[float] = []

    def be_busy(route: Route) -> None:
        asked.append(time.monotonic())
        origin = route.request.headers["origin"]
        cors = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}
        route.fulfill(status=503, headers={"Retry-After": "1", **cors}, body="{}")

    site.page.route(LIKES, be_busy, times=1)
    site.page.on("request", lambda request: asked.append(time.monotonic()) if LIKES.search(request.url) else None)
    site.heart("Nessi").click()
    site.expect_likes("Nessi", before + 1)
    assert asked[-1] - asked[0] >= 1.0
    assert len(set(site.idempotency_keys())) == 1


def test_a_like_that_never_arrives_says_so_and_can_be_tried_again_without_counting_twice(
    site: SitePage, table: MysfitTable
) -> None:
    site.expect_complaint("net::ERR_FAILED")
    before = table.likes("Rujin")
    site.page.route(LIKES, lambda route: route.abort())
    site.heart("Rujin").click()
    told = site.page.get_by_role("alert").filter(has_text="No word on your like for Rujin")
    expect(told).to_be_visible()
    expect(site.heart("Rujin").locator(".heart-count")).to_have_text(f"{before:,}")
    expect(site.heart("Rujin")).not_to_have_class(re.compile("is-mine"))
    site.page.unroute(LIKES)
    told.get_by_role("button", name="Try again").click()
    expect(told).to_have_count(0)
    site.expect_likes("Rujin", before + 1)
    assert table.likes("Rujin") == before + 1
    assert len(set(site.idempotency_keys())) == 1


def test_the_like_of_a_mysfit_that_is_gone_is_not_shown_as_counted(site: SitePage, table: MysfitTable) -> None:
    site.expect_complaint("status of 404")
    with table.without("Gretta"):
        site.heart("Gretta").click()
        expect(site.page.get_by_role("alert").filter(has_text="Gretta is not here any more")).to_be_visible()
        expect(site.heart("Gretta").locator(".heart-count")).to_have_text("Like")


def test_a_like_in_the_profile_shows_in_profile_and_grid(site: SitePage, table: MysfitTable) -> None:
    before = table.likes("Snowflake")
    site.open_profile("Snowflake").get_by_role("button", name="Like Snowflake").click()
    expect(site.fact("Likes")).to_have_text(re.compile(rf"^{before + 1:,} likes?$"))
    site.leave_profile()
    site.expect_likes("Snowflake", before + 1)
    assert table.likes("Snowflake") == before + 1
