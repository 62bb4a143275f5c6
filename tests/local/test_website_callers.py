"""Whom the website's endpoint answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest

from embedded.website import WebsiteEndpoint
from tests.support import quiet_port


@pytest.fixture
async def port() -> AsyncIterator[int]:
    page = SimpleNamespace(etag='"1"', metadata={"Content-Type": "text/html"}, value=b"the site")
    port = quiet_port()
    website = WebsiteEndpoint(port=port, bucket=lambda: SimpleNamespace(keys={"index.html": page}))
    await website.start()
    yield port
    await website.close()


async def get(port: int, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/", headers=sent) as answer:
        return answer.status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8081"},
        {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
        {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
    ],
    ids=str,
)
async def test_the_site_itself_tools_and_links_are_served(port: int, headers: dict[str, str]) -> None:
    assert await get(port, **headers) == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.localhost:8081"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"}, 403),
    ],
    ids=str,
)
async def test_other_pages_and_other_names_are_refused(port: int, headers: dict[str, str], status: int) -> None:
    assert await get(port, **headers) == status
