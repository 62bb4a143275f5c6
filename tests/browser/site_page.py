"""The adoption site as a visitor uses it."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, Route, expect


class SitePage:
    """One open page, and everything it asked the network for.

    Attributes:
        requests: every request since the page was made, in order, without preflights.
        complaints: errors and warnings on the console that were not expected.
        failures: answers of servers with a status of 500 and above, which the console does not tell of the API's.
    """

    def __init__(self, page: Page, *, site: str, api: str) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.failures: list[str] = []
        self._site = site
        self._api = api
        self._expected: list[re.Pattern[str]] = []
        page.on("request", self._note)
        page.on("response", self._answered)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500:
            self.failures.append(f"{answer.request.method} {answer.url}: {answer.status} {answer.headers}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(known.search(message.text) for known in self._expected):
            self.complaints.append(message.text)

    def expect_complaint(self, pattern: str) -> None:
        """A failing request is written to the console by the browser itself, not by the page."""
        self._expected.append(re.compile(pattern))

    def visit(self, path: str = "") -> None:
        """Load an address of the site and wait until nothing is on its way any more."""
        self.page.goto(f"{self._site}/{path}")
        self.page.wait_for_load_state("networkidle")

    def close(self) -> None:
        """End this visitor."""
        self.page.context.close()

    def api_requests(self, method: str = "GET") -> list[str]:
        """Paths with query asked of the API by ``method``, in order."""
        parts = [urlsplit(request.url) for request in self.requests if self._asked_api(request, method)]
        return [f"{part.path}?{part.query}" if part.query else part.path for part in parts]

    def idempotency_keys(self) -> list[str]:
        """The idempotency key of every POST, in order."""
        return [request.headers["idempotency-key"] for request in self.requests if self._asked_api(request, "POST")]

    def _asked_api(self, request: Request, method: str) -> bool:
        return request.url.startswith(self._api) and request.method == method

    @property
    def cards(self) -> Locator:
        """The mysfits in the grid."""
        return self.page.locator("#grid > .card:not(.card-skeleton)")

    def card(self, name: str) -> Locator:
        """One mysfit in the grid."""
        return self.cards.filter(has=self.page.get_by_role("link", name=name, exact=True))

    def heart(self, name: str) -> Locator:
        """The like button of a mysfit in the grid."""
        return self.card(name).get_by_role("button")

    def expect_likes(self, name: str, count: int) -> None:
        """Wait until a mysfit's heart shows that many likes and none of them is on its way any more."""
        expect(self.heart(name).locator(".heart-count")).to_have_text(f"{count:,}")
        expect(self.heart(name)).not_to_have_class(re.compile("is-pending"))

    def names(self) -> list[str]:
        """Names in the grid, as shown."""
        return self.cards.locator(".card-link").all_text_contents()

    def choose(self, axis: str, value: str) -> None:
        """Use a filter menu, such as ``choose("Good or evil", "Evil")``, and wait for the grid."""
        self.page.get_by_role("group", name=axis).get_by_role("radio", name=value, exact=True).check()
        self.settled()

    def settled(self) -> None:
        """Wait until the grid has what was asked for."""
        expect(self.page.locator("#grid")).to_have_attribute("aria-busy", "false")

    @property
    def dialog(self) -> Locator:
        """The open profile."""
        return self.page.get_by_role("dialog")

    def open_profile(self, name: str) -> Locator:
        """Follow a mysfit's link and wait for its profile."""
        self.page.get_by_role("link", name=name, exact=True).click()
        expect(self.dialog.get_by_role("heading", name=name)).to_be_visible()
        expect(self.page.locator("#profile")).to_have_attribute("data-state", "shown")
        return self.dialog

    def leave_profile(self) -> None:
        """Close the open profile with Escape and wait until its address is left too, a moment after it hides."""
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_be_hidden()
        expect(self.page).to_have_url(re.compile(r"^[^#]*$"))

    def fact(self, term: str) -> Locator:
        """What the open profile says under ``term``, such as Age."""
        return self.dialog.locator("dl > div").filter(has_text=term).locator("dd")

    def overflowing(self) -> list[dict[str, Any]]:
        """Elements that stick out of the viewport's sides or hold text wider than themselves."""
        found: list[dict[str, Any]] = self.page.evaluate(_OVERFLOWING)
        return found


class HeldRequests:
    """Holds the requests to the addresses that match ``pattern`` back until they are released."""

    def __init__(self, page: Page, pattern: str | re.Pattern[str]) -> None:
        self._held: list[Route] = []
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        self._held.append(route)

    def release(self) -> None:
        """Let them go where they were bound for."""
        for route in self._held:
            route.continue_()


_OVERFLOWING: Final = """() => {
    const width = document.documentElement.clientWidth;
    const hidden = (element) => !element.checkVisibility() || element.closest('.icons, .skip-link')
        || getComputedStyle(element).clipPath !== 'none'; // for screen readers only
    const name = (element) => `${element.tagName.toLowerCase()}#${element.id}.${element.getAttribute('class')}`;
    return [...document.body.querySelectorAll('*')].filter((element) => !hidden(element)).flatMap((element) => {
        const { left, right } = element.getBoundingClientRect();
        const outside = left < -0.5 || right > width + 0.5;
        const cut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
            && getComputedStyle(element).display !== 'inline';
        return outside || cut ? [{ element: name(element), left, right, outside, cut }] : [];
    });
}"""
