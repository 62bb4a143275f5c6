"""What docs/bring-your-own.md shows is what the example has, or for the facade what the mysfits have."""

from __future__ import annotations

import re

from systems.checkout import ROOT
from tests.fenced import blocks

PAGE = ROOT / "docs" / "bring-your-own.md"
BOOKSHOP = ROOT / "examples" / "bookshop"
SOURCES = (
    BOOKSHOP / "system.py",
    BOOKSHOP / "orders" / "service.py",
    ROOT / "services" / "like" / "service.py",
    ROOT / "mysfits" / "stages.py",
)


def test_every_excerpt_stands_in_the_example() -> None:
    sources = [path.read_text(encoding="utf-8") for path in SOURCES]
    excerpts = blocks(PAGE, "python")
    assert excerpts
    for excerpt in excerpts:
        assert any(excerpt in source for source in sources), f"nowhere in the example:\n{excerpt}"


def test_every_file_of_the_shape_is_there() -> None:
    (shape,) = blocks(PAGE, "text")
    names = re.findall(r"^  (\S+)", shape, re.MULTILINE)
    assert len(names) == 5
    assert all((BOOKSHOP / name).exists() for name in names)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert all((PAGE.parent / link.partition("#")[0]).exists() for link in links)
