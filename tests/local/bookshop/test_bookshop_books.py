"""The bookshop's monolith: what it sells."""

from __future__ import annotations

import pytest

from tests.local.bookshop.shop_process import ShopProcess

FERRY = "9780200000017"


def test_list_has_every_book_by_title(monolith: ShopProcess) -> None:
    books = monolith.get("/books").json()["books"]
    titles = [book["title"] for book in books if book["genre"] != "Test"]
    assert len(titles) == 12
    assert titles == sorted(titles)


def test_list_of_a_genre(monolith: ShopProcess) -> None:
    assert {book["genre"] for book in monolith.get("/books?genre=Nature").json()["books"]} == {"Nature"}
    assert monolith.get("/books?genre=Poetry").json() == {"books": []}


def test_book_with_its_price(monolith: ShopProcess) -> None:
    book = monolith.get(f"/books/{FERRY}").json()
    assert (book["title"], book["priceCents"]) == ("The Ferry Timetable", 1450)


@pytest.mark.parametrize("path", ["/books/1", "/books/1/stock", "/nowhere"])
def test_what_there_is_not_is_404(monolith: ShopProcess, path: str) -> None:
    answer = monolith.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_orders_of_a_customer_newest_first(monolith: ShopProcess) -> None:
    orders = monolith.get("/orders?customer=ada").json()["orders"]
    times = [order["orderedAt"] for order in orders]
    assert times == sorted(times, reverse=True)
    assert [order["copies"] for order in orders][-2:] == [2, 1], "the seeded ones; other tests may have ordered since"
    assert monolith.get("/orders").status_code == 400
