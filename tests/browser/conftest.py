"""Headless Chromium in front of a live deployment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

import pytest
import requests
from playwright.sync_api import Browser, expect, sync_playwright

from cli.programs import require_program
from tests.browser.mysfit_table import MysfitTable
from tests.browser.site_page import SitePage
from tests.conftest import Deployed
from tests.programs import PACKAGES
from tests.support import wait_for

OpenSite = Callable[..., SitePage]
StoppedApi = Callable[[], AbstractContextManager[None]]

_QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# What a page comes to show, it shows later on a machine that runs other tests.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Debian's Chromium, without windows."""
    program = "chromium-headless-shell"
    return require_program(program, package=" ".join(PACKAGES[program]))


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One browser for each test file.

    Not one for the session: while it lives, the library keeps an event loop running in this thread, and asynchronous
    tests of other folders could not start theirs.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_site(browser: Browser, deployment: Deployed) -> Iterator[OpenSite]:
    """``open_site(path="", width=1280, height=900, scheme="light", forced_colors="none")``: a page of its own visitor.

    Whatever a page complains about on its console fails the test, but for what it was told to expect.
    """
    pages: list[SitePage] = []

    def open_it(
        path: str = "",
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        forced_colors: Literal["none", "active"] = "none",
    ) -> SitePage:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            forced_colors=forced_colors,
            reduced_motion="reduce",
        )
        page = SitePage(context.new_page(), site=deployment.site, api=deployment.api)
        pages.append(page)
        page.visit(path)
        return page

    yield open_it
    for page in pages:
        page.close()
    for page in pages:
        assert page.complaints == [], f"the browser's console; answers: {page.failures}"


@pytest.fixture
def table(deployment: Deployed) -> MysfitTable:
    """The deployment's table."""
    return MysfitTable(deployment.client("dynamodb"), deployment.table)


@pytest.fixture
def stopped_api(deployment: Deployed) -> StoppedApi:
    """A context in which no monolith runs, so that the load balancer has nobody to ask."""

    def answers(status: int) -> bool:
        return requests.get(f"{deployment.api}/mysfits", timeout=5).status_code == status

    @contextlib.contextmanager
    def stopped() -> Iterator[None]:
        ecs = deployment.client("ecs")
        names = {"cluster": deployment.settings.name(), "service": deployment.settings.name("monolith")}
        (service,) = ecs.describe_services(cluster=names["cluster"], services=[names["service"]])["services"]
        try:
            ecs.update_service(**names, desiredCount=0)
            wait_for(lambda: answers(503), what="the load balancer has no monolith left")
            yield
        finally:
            ecs.update_service(**names, desiredCount=service["desiredCount"])
            wait_for(lambda: answers(200), what="the monolith is back")

    return stopped
