"""Orders: place one, look one up, list those of a customer."""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from . import books
from .database import Tables

_ATTEMPTS = 5
_NAMESPACE = uuid.UUID("6f0f3d0c-3b55-4d8e-9a38-3f2f2b0c7c11")


def listing(tables: Tables) -> Blueprint:
    """GET /orders?customer=…"""
    routes = Blueprint("order_list", __name__)

    @routes.get("/orders")
    def list_orders() -> Response:
        customer = request.args.get("customer", "")
        if not customer:
            abort(400, "Say whose orders you want, as in GET /orders?customer=ada.")
        pages = tables.client.get_paginator("query").paginate(
            TableName=tables.orders,
            IndexName="CustomerIndex",
            KeyConditionExpression="Customer = :customer",
            ExpressionAttributeValues={":customer": customer},
            ScanIndexForward=False,
        )
        return jsonify(orders=[shown(item) for page in pages for item in page["Items"]])

    return routes


def blueprint(tables: Tables) -> Blueprint:
    """POST /orders and GET /orders/{order_id}."""
    routes = Blueprint("orders", __name__)

    @routes.post("/orders")
    def place_order() -> tuple[Response, int, dict[str, str]]:
        order = _checked(request.get_json(silent=True))
        key = request.headers.get("Idempotency-Key", "")
        if not 8 <= len(key) <= 64:
            abort(400, "Send a header Idempotency-Key of 8 to 64 characters, a new one for each order.")
        item = _place(tables, _order_id(order["Customer"], key), order)
        return jsonify(shown(item)), 201, {"Location": f"/orders/{item['OrderId']}"}

    @routes.get("/orders/<order_id>")
    def show_order(order_id: str) -> Response:
        item = _find(tables, order_id)
        if item is None:
            abort(404, f"There is no order {order_id}.")
        return jsonify(shown(item))

    return routes


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """An order as answers show it."""
    return {
        "orderId": item["OrderId"],
        "customer": item["Customer"],
        "isbn": item["Isbn"],
        "copies": int(item["Copies"]),
        "totalCents": int(item["TotalCents"]),
        "orderedAt": item["OrderedAt"],
    }


def _order_id(customer: str, key: str) -> str:
    """The same customer with the same key means the same order."""
    return str(uuid.uuid5(_NAMESPACE, f"{customer}\n{key}"))


def _checked(body: Any) -> dict[str, Any]:
    """What is ordered; 400 when it is no order."""
    order = body if isinstance(body, dict) else {}
    customer, isbn, copies = order.get("customer"), order.get("isbn"), order.get("copies")
    if not (isinstance(customer, str) and 0 < len(customer) <= 64 and customer.isprintable()):
        abort(400, "customer must be a name of 1 to 64 characters.")
    if not (isinstance(isbn, str) and len(isbn) == 13 and isbn.isascii() and isbn.isdigit()):
        abort(400, "isbn must be a string of 13 digits; GET /books lists them.")
    if not (isinstance(copies, int) and not isinstance(copies, bool) and 1 <= copies <= 10):
        abort(400, "copies must be a number from 1 to 10.")
    return {"Customer": customer, "Isbn": isbn, "Copies": copies}


def _find(tables: Tables, order_id: str) -> dict[str, Any] | None:
    found = tables.client.get_item(TableName=tables.orders, Key={"OrderId": order_id}, ConsistentRead=True)
    item: dict[str, Any] | None = found.get("Item")
    return item


def _place(tables: Tables, order_id: str, order: dict[str, Any]) -> dict[str, Any]:
    """Enter the order and take its copies from the stock, both or neither; one that is there is answered again."""
    book = books.get(tables, order["Isbn"])
    item = {
        "OrderId": order_id,
        **order,
        "TotalCents": int(book["PriceCents"]) * order["Copies"],
        "OrderedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    for _ in range(_ATTEMPTS):
        entered, taken = _transact(tables, item)
        if entered == taken == "None":
            return item
        if entered == "ConditionalCheckFailed":
            return _placed_before(tables, order_id, order)
        if taken == "ConditionalCheckFailed":
            abort(409, f"There are not {order['Copies']} copies of {order['Isbn']} left; order fewer.")
        time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - two orders of one book met, and part
    raise ServiceUnavailable("Too many order this book at once; send the same request again in a moment.")


def _transact(tables: Tables, item: dict[str, Any]) -> tuple[str, str]:
    """Why the order was not entered and why its copies were not taken; "None" twice when all went well."""
    put = {"TableName": tables.orders, "Item": item, "ConditionExpression": "attribute_not_exists(OrderId)"}
    update = {
        "TableName": tables.books,
        "Key": {"Isbn": item["Isbn"]},
        "UpdateExpression": "SET Stock = Stock - :copies, Sold = Sold + :copies",
        "ConditionExpression": "Stock >= :copies",
        "ExpressionAttributeValues": {":copies": item["Copies"]},
    }
    try:
        tables.client.transact_write_items(TransactItems=[{"Put": put}, {"Update": update}])
    except tables.client.exceptions.TransactionCanceledException as error:
        entered, taken = (reason.get("Code", "None") for reason in error.response["CancellationReasons"])
        return entered, taken
    return "None", "None"


def _placed_before(tables: Tables, order_id: str, order: dict[str, Any]) -> dict[str, Any]:
    item = _find(tables, order_id)
    if item is None or any(item[name] != value for name, value in order.items()):
        abort(422, "This Idempotency-Key belongs to another order; use a new one.")
    return item
