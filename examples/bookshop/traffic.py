"""Visitors of the bookshop: they look around and order, one copy at a time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from systems.workload import ReadTable, Visit, arrivals, wrong

_DATA: Final = Path(__file__).parent / "data"
_MIX: Final[Mapping[str, int]] = MappingProxyType(
    {"list": 10, "genre": 10, "book": 30, "stock": 10, "order": 25, "look-up": 10, "history": 5}
)


class BookshopTraffic:
    """The ``systems.workload.Workload`` of a shop with these items in its tables, as its seeds have them."""

    def __init__(self, *, books: Sequence[Mapping[str, Any]], orders: Sequence[Mapping[str, Any]]) -> None:
        self._isbns = [str(book["Isbn"]) for book in books]
        self._genres = {str(book["Genre"]) for book in books}
        self._isbns_by_path = {"/books": set(self._isbns)} | {
            f"/books?genre={genre}": {str(book["Isbn"]) for book in books if book["Genre"] == genre}
            for genre in self._genres
        }
        self._order_ids = [str(order["OrderId"]) for order in orders]
        self._order_ids_by_path = {
            f"/orders?customer={customer}": {str(order["OrderId"]) for order in orders if order["Customer"] == customer}
            for customer in {str(order["Customer"]) for order in orders}
        }

    @property
    def mix(self) -> Mapping[str, int]:
        """See Workload."""
        return _MIX

    def visits(self, *, seed: int, rate: float, mix: Mapping[str, int], run_id: str) -> Iterator[Visit]:
        """See Workload. An order has an Idempotency-Key, and counts as one for its book."""
        chance = random.Random(seed)  # noqa: S311 - repeatable by intent
        for number, (due_seconds, kind) in enumerate(arrivals(chance, rate=rate, mix=mix)):
            isbn = chance.choice(self._isbns)
            path = self._path(kind, isbn, chance)
            if kind != "order":
                yield Visit(number=number, due_seconds=due_seconds, kind=kind, method="GET", path=path)
                continue
            body = json.dumps({"customer": f"visitor-{run_id}", "isbn": isbn, "copies": 1}).encode()
            yield Visit(
                number=number,
                due_seconds=due_seconds,
                kind=kind,
                method="POST",
                path=path,
                headers={"Content-Type": "application/json", "Idempotency-Key": f"{run_id}-{number}"},
                body=body,
                counts_as=next(iter(self.raises("POST", path, body))),
            )

    def raises(self, method: str, path: str, body: bytes) -> Mapping[str, int]:
        """See Workload: an order counts as its copies for its book."""
        if (method, path) != ("POST", "/orders"):
            return {}
        try:
            order = json.loads(body)
            return {str(order["isbn"]): int(order["copies"])}
        except (ValueError, KeyError, TypeError):
            return {}

    def _path(self, kind: str, isbn: str, chance: random.Random) -> str:
        genre = chance.choice(sorted(self._genres))
        order_id = chance.choice(self._order_ids)
        history = chance.choice(sorted(self._order_ids_by_path))
        paths = {
            "list": "/books",
            "genre": f"/books?genre={genre}",
            "book": f"/books/{isbn}",
            "stock": f"/books/{isbn}/stock",
            "order": "/orders",
            "look-up": f"/orders/{order_id}",
            "history": history,
        }
        return paths[kind]

    def problem(self, visit: Visit, status: int, body: bytes) -> str:
        """See Workload."""
        if status != (201 if visit.kind == "order" else 200):
            return f"status {status}"
        return wrong(partial(self._is_right, visit), body)

    def _is_right(self, visit: Visit, document: Any) -> bool:
        match visit.kind:
            case "list" | "genre":
                return {book["isbn"] for book in document["books"]} == self._isbns_by_path[visit.path]
            case "book" | "stock":
                return bool(document["isbn"] == visit.path.split("/")[2])
            case "look-up":
                return bool(document["orderId"] == visit.path.rpartition("/")[2])
            case "history":
                # Not just these: people may have ordered by hand.
                return self._order_ids_by_path[visit.path] <= {order["orderId"] for order in document["orders"]}
        return bool(document["isbn"] == visit.counts_as and document["copies"] == 1)

    def counters(self, read: ReadTable) -> Mapping[str, int]:
        """See Workload: how many copies of each book were sold."""
        return {str(item["Isbn"]): int(item["Sold"]) for item in read("books")}


def workload() -> BookshopTraffic:
    """Traffic for the books and orders that every new table is seeded with.

    Returns:
        A ``systems.workload.Workload``.
    """
    books, orders = (json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8")) for name in ("books", "orders"))
    return BookshopTraffic(books=books, orders=orders)
