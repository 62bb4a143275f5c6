"""Orders and the stock they are taken from, in DynamoDB."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aioboto3
from botocore.config import Config
from werkzeug.exceptions import Conflict, NotFound, ServiceUnavailable, UnprocessableEntity

from .order import Order

_ATTEMPTS = 5


@asynccontextmanager
async def opened(environ: Mapping[str, str]) -> AsyncIterator[Store]:
    """The store while its connections are open."""
    config = Config(
        connect_timeout=2,
        read_timeout=3,
        max_pool_connections=64,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    session = aioboto3.Session(region_name=environ.get("AWS_REGION"))
    async with session.resource("dynamodb", config=config) as resource:
        yield Store(resource.meta.client, books=environ["BOOKS_TABLE"], orders=environ["ORDERS_TABLE"])


class Store:
    """Two tables; ``client`` takes plain values."""

    def __init__(self, client: Any, *, books: str, orders: str) -> None:
        self._client = client
        self._books = books
        self._orders = orders

    async def find(self, order_id: str) -> dict[str, Any] | None:
        """An order as answers show it, or None."""
        item = await self._item(self._orders, "OrderId", order_id)
        return None if item is None else _shown(item)

    async def place(self, order_id: str, order: Order) -> dict[str, Any]:
        """Enter the order and take its copies from the stock, both or neither; one that is there is answered again."""
        book = await self._item(self._books, "Isbn", order.isbn)
        if book is None:
            raise NotFound(f"There is no book {order.isbn}; GET /books lists them all.")
        item = {
            "OrderId": order_id,
            **order.attributes,
            "TotalCents": int(book["PriceCents"]) * order.copies,
            "OrderedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        for _ in range(_ATTEMPTS):
            entered, taken = await self._transact(item)
            if entered == taken == "None":
                return _shown(item)
            if entered == "ConditionalCheckFailed":
                return await self._placed_before(order_id, order)
            if taken == "ConditionalCheckFailed":
                raise Conflict(f"There are not {order.copies} copies of {order.isbn} left; order fewer.")
            await asyncio.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - two orders of one book met, and part
        raise ServiceUnavailable("Too many order this book at once; send the same request again in a moment.")

    async def _transact(self, item: dict[str, Any]) -> tuple[str, str]:
        """Why the order was not entered and why its copies were not taken; "None" twice when all went well."""
        put = {"TableName": self._orders, "Item": item, "ConditionExpression": "attribute_not_exists(OrderId)"}
        update = {
            "TableName": self._books,
            "Key": {"Isbn": item["Isbn"]},
            "UpdateExpression": "SET Stock = Stock - :copies, Sold = Sold + :copies",
            "ConditionExpression": "Stock >= :copies",
            "ExpressionAttributeValues": {":copies": item["Copies"]},
        }
        try:
            await self._client.transact_write_items(TransactItems=[{"Put": put}, {"Update": update}])
        except self._client.exceptions.TransactionCanceledException as error:
            entered, taken = (reason.get("Code", "None") for reason in error.response["CancellationReasons"])
            return entered, taken
        return "None", "None"

    async def _placed_before(self, order_id: str, order: Order) -> dict[str, Any]:
        item = await self._item(self._orders, "OrderId", order_id)
        if item is None or any(item[name] != value for name, value in order.attributes.items()):
            raise UnprocessableEntity("This Idempotency-Key belongs to another order; use a new one.")
        return _shown(item)

    async def _item(self, table: str, key: str, value: str) -> dict[str, Any] | None:
        found = await self._client.get_item(TableName=table, Key={key: value}, ConsistentRead=True)
        item: dict[str, Any] | None = found.get("Item")
        return item


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "orderId": item["OrderId"],
        "customer": item["Customer"],
        "isbn": item["Isbn"],
        "copies": int(item["Copies"]),
        "totalCents": int(item["TotalCents"]),
        "orderedAt": item["OrderedAt"],
    }
