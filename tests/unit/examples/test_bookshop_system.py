"""The bookshop's declarations."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from examples.bookshop.system import SYSTEM
from systems.loading import load

ROOT = Path(__file__).parents[3]
BOOKSHOP = ROOT / "examples" / "bookshop"
TOP_LEVEL = {path.stem for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"}


def test_it_is_found_by_its_folder() -> None:
    assert load("examples/bookshop") is SYSTEM


def test_the_order_service_is_declared_in_at_most_80_lines() -> None:
    assert len((BOOKSHOP / "orders" / "service.py").read_text().splitlines()) <= 80


@pytest.mark.parametrize("service", ["monolith", "orders"])
def test_what_runs_imports_nothing_of_ours(service: str) -> None:
    image = SYSTEM.images[service].image
    sources = [file for part in image.context for file in (ROOT / image.root / part).rglob("*.py")]
    assert sources
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert TOP_LEVEL.isdisjoint(name.partition(".")[0] for name in modules), f"{source} imports {modules}"


@pytest.mark.parametrize("service", ["monolith", "orders"])
def test_every_package_is_pinned(service: str) -> None:
    lines = (BOOKSHOP / service / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in lines)


def test_seeded_orders_are_part_of_what_was_sold() -> None:
    books, orders = (json.loads((BOOKSHOP / "data" / f"{name}.json").read_text()) for name in ("books", "orders"))
    sold = {book["Isbn"]: book["Sold"] for book in books}
    for order in orders:
        sold[order["Isbn"]] -= order["Copies"]
    assert set(sold.values()) == {0}
