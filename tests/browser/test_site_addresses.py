"""The site and its pictures by every address that they have."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from embedded.settings import ACCOUNT_ID
from tests.browser.conftest import OpenSite
from tests.browser.mysfit_table import MysfitTable, named
from tests.conftest import Deployed

_ALBUM = """<!doctype html><title>Album</title><script type="module">
const { mysfits } = await (await fetch("%(api)s/mysfits")).json();
for (const { name, thumbImageUri } of mysfits) {
    const image = document.body.appendChild(document.createElement("img"));
    image.src = thumbImageUri;
    image.alt = name;
}
</script><link rel="icon" href="/favicon.svg">"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_site_works_by_both_names_of_loopback(
    open_site: OpenSite, deployment: Deployed, table: MysfitTable, host: str
) -> None:
    site = open_site()
    before = table.likes("Rujin")
    site.page.goto(f"http://{host}:{deployment.settings.site_port}/")
    expect(site.cards).to_have_count(12)
    site.heart("Rujin").click()
    site.expect_likes("Rujin", before + 1)
    site.open_profile("Rujin")
    assert table.likes("Rujin") == before + 1


def test_a_page_in_a_sub_folder_shows_the_pictures_that_the_api_names(
    open_site: OpenSite, deployment: Deployed
) -> None:
    s3 = deployment.client("s3")
    bucket = deployment.settings.site_bucket_name(ACCOUNT_ID)
    page = (_ALBUM % {"api": deployment.api}).encode()
    s3.put_object(Bucket=bucket, Key="albums/summer/index.html", Body=page, ContentType="text/html")
    try:
        site = open_site("albums/summer/")
        images = site.page.get_by_role("img")
        expect(images).to_have_count(12)
        widths = images.evaluate_all(
            "images => Promise.all(images.map(image => image.decode().then(() => image.naturalWidth)))"
        )
        assert min(widths) > 0
    finally:
        s3.delete_object(Bucket=bucket, Key="albums/summer/index.html")


def test_pictures_of_items_with_a_relative_address_are_shown_too(open_site: OpenSite, table: MysfitTable) -> None:
    """As tables have them that were seeded before the addresses were rooted."""
    relative = {"ThumbImageUri": "images/yeti.svg", "ProfileImageUri": "images/yeti.svg"}
    with table.with_more({**named("Snowflake"), **relative, "MysfitId": "older-1", "Name": "Old Snowflake"}):
        image = open_site().card("Old Snowflake").locator("img")
        expect(image).to_have_attribute("src", re.compile(r"images/yeti\.svg$"))
