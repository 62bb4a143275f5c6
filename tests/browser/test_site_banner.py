"""The banner: its phoenix whole, its words clear of stars, in windows of every size."""

from __future__ import annotations

from typing import Final, TypedDict

import pytest

from tests.browser.conftest import OpenSite

WINDOWS: Final = ((320, 640), (390, 844), (900, 700), (1024, 768), (1280, 600), (1280, 800), (1920, 1080), (2560, 1200))


class Box(TypedDict):
    """A rectangle in the window, in CSS pixels."""

    left: float
    top: float
    right: float
    bottom: float


class Banner(TypedDict):
    """Where the banner and what is drawn and written in it are."""

    art: Box
    phoenix: Box
    stars: list[Box]
    words: list[Box]


_MEASURE: Final = """async () => {
    const image = document.querySelector(".banner-art");
    const { left, top, width, height } = image.getBoundingClientRect();
    const text = await (await fetch(image.src)).text();
    const drawing = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
    drawing.style.cssText = "position: absolute; visibility: hidden";
    document.body.append(drawing);
    const view = drawing.viewBox.baseVal;
    const scale = Math.max(width / view.width, height / view.height); // object-fit: cover
    const [share_x, share_y] = getComputedStyle(image).objectPosition.split(" ").map((part) => parseFloat(part) / 100);
    const to_x = (x) => left + (width - view.width * scale) * share_x + (x - view.x) * scale;
    const to_y = (y) => top + (height - view.height * scale) * share_y + (y - view.y) * scale;
    const drawn = (element) => {
        const { x, y, width, height } = element.getBBox();
        return { left: to_x(x), top: to_y(y), right: to_x(x + width), bottom: to_y(y + height) };
    };
    const written = (element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return [...range.getClientRects()].map(({ left, top, right, bottom }) => ({ left, top, right, bottom }));
    };
    const found = {
        art: { left, top, right: left + width, bottom: top + height },
        phoenix: drawn(drawing.querySelector("#phoenix")),
        stars: [...drawing.querySelector("#stars").children].map(drawn),
        words: [...document.querySelectorAll(".banner-text > *, .theme-switch span")].flatMap(written),
    };
    drawing.remove();
    return found;
}"""


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_the_phoenix_is_whole_and_no_star_meets_the_words(open_site: OpenSite, width: int, height: int) -> None:
    banner: Banner = open_site(width=width, height=height).page.evaluate(_MEASURE)
    art, phoenix = banner["art"], banner["phoenix"]
    assert art["top"] <= phoenix["top"] < phoenix["bottom"] <= art["bottom"]
    assert art["left"] <= phoenix["left"] < phoenix["right"] <= art["right"]
    assert len(banner["stars"]) > 20
    headline_and_line = [word for word in banner["words"] if word["left"] < width / 2]
    assert len(headline_and_line) >= 2
    for word in headline_and_line:
        assert [star for star in banner["stars"] if _meet(star, word)] == []


def _meet(one: Box, other: Box) -> bool:
    return (
        one["left"] < other["right"]
        and other["left"] < one["right"]
        and one["top"] < other["bottom"]
        and other["top"] < one["bottom"]
    )
