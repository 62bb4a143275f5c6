"""Orders: the monolith and the order service keep the same promises."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from examples.bookshop.system import SYSTEM
from tests.local.bookshop.shop_process import ShopProcess
from tests.local.bookshop.shop_tables import ShopTables
from tests.support import quiet_ports


@pytest.fixture(params=["monolith", "order_service"])
def shop(request: pytest.FixtureRequest) -> ShopProcess:
    """Whoever takes orders."""
    process: ShopProcess = request.getfixturevalue(request.param)
    return process


@pytest.fixture
def isbn(shop_tables: ShopTables) -> Iterator[str]:
    """A book with 5 copies in stock at 5.00."""
    number = str(uuid.uuid4().int)[:13]
    shop_tables.put_book(number, stock=5)
    yield number
    shop_tables.drop_book(number)


def _order(isbn: str, copies: object = 1, customer: object = "ada") -> dict[str, object]:
    return {"customer": customer, "isbn": isbn, "copies": copies}


def _key() -> str:
    return uuid.uuid4().hex


def test_order_takes_its_copies_from_the_stock(shop: ShopProcess, shop_tables: ShopTables, isbn: str) -> None:
    placed = shop.post("/orders", _order(isbn, 2, "iris"), key=_key())
    assert placed.status_code == 201
    order = placed.json()
    assert (order["totalCents"], order["copies"], order["customer"]) == (1000, 2, "iris")
    assert shop_tables.stock_and_sold(isbn) == (3, 2)
    assert shop.get(placed.headers["Location"]).json() == order


def test_order_that_comes_many_times_counts_once(shop: ShopProcess, shop_tables: ShopTables, isbn: str) -> None:
    key = _key()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.post("/orders", _order(isbn), key=key), range(24)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert shop_tables.stock_and_sold(isbn) == (4, 1)


def test_last_copies_are_sold_once(shop: ShopProcess, shop_tables: ShopTables, isbn: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.post("/orders", _order(isbn), key=_key()), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 3
    assert shop_tables.stock_and_sold(isbn) == (0, 5)


def test_order_is_one_whoever_gets_it_again(
    monolith: ShopProcess, order_service: ShopProcess, shop_tables: ShopTables, isbn: str
) -> None:
    key = _key()
    first, second = (each.post("/orders", _order(isbn), key=key) for each in (monolith, order_service))
    assert first.json() == second.json()
    assert shop_tables.stock_and_sold(isbn) == (4, 1)
    path = first.headers["Location"]
    assert monolith.get(path).json() == order_service.get(path).json()


def test_key_of_another_order_is_422(shop: ShopProcess, shop_tables: ShopTables, isbn: str) -> None:
    key = _key()
    assert shop.post("/orders", _order(isbn, 1), key=key).status_code == 201
    assert shop.post("/orders", _order(isbn, 2), key=key).status_code == 422
    assert shop_tables.stock_and_sold(isbn) == (4, 1)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        _order("9780200000017", 0),
        _order("9780200000017", 11),
        _order("9780200000017", True),
        _order("9780200000017", "1"),
        _order("978"),
        _order("9780200000017", 1, ""),
        _order("9780200000017", 1, "a\nb"),
    ],
)
def test_what_is_no_order_is_400(shop: ShopProcess, body: object) -> None:
    answer = shop.post("/orders", body, key=_key())
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_order_without_a_key_is_400(shop: ShopProcess, isbn: str) -> None:
    assert shop.post("/orders", _order(isbn)).status_code == 400


def test_unknown_book_or_order_is_404(shop: ShopProcess) -> None:
    assert shop.post("/orders", _order("0000000000000"), key=_key()).status_code == 404
    answer = shop.get(f"/orders/{uuid.uuid4()}")
    assert answer.status_code == 404
    assert "no order" in answer.json()["error"]


@pytest.mark.parametrize("name", ["monolith", "orders"])
def test_without_a_database_it_says_503_and_stops_when_told(shop_tables: ShopTables, name: str) -> None:
    (nobody,) = quiet_ports(1)
    environ = {**shop_tables.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody}"}
    with ShopProcess.running(SYSTEM.images[name], environ) as process:
        answer = process.get(f"/orders/{uuid.uuid4()}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "again" in answer.json()["error"]
        assert process.stop() == 0


def test_monolith_gives_up_what_was_carved_out(shop_tables: ShopTables) -> None:
    with ShopProcess.running(SYSTEM.monolith, {**shop_tables.environ, "SERVES": ""}) as monolith:
        assert monolith.post("/orders", _order("9780200000017"), key=_key()).status_code == 405
        assert monolith.get(f"/orders/{uuid.uuid4()}").status_code == 404
        assert len(monolith.get("/orders?customer=ada").json()["orders"]) >= 2
