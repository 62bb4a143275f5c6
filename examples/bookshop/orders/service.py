"""The order service: what it takes over from the monolith and what it needs for that."""

from __future__ import annotations

from typing import Final

from systems.service import Grant, Image, Route, Service, TableName

SERVICE: Final = Service(
    name="orders",
    image=Image(
        root="examples/bookshop/orders",
        dockerfile="Dockerfile",
        context=("Dockerfile", "requirements.txt", "order_service"),
    ),
    # GET /orders, the list of a customer's orders, stays in the monolith.
    routes=(
        Route(method="POST", path="/orders"),
        Route(method="GET", path="/orders/{order_id}"),
    ),
    container_port=8000,
    environment={"BOOKS_TABLE": TableName(table="books"), "ORDERS_TABLE": TableName(table="orders")},
    grants=(
        Grant(name="SellBooks", table="books", operations=("GetItem", "UpdateItem")),
        Grant(name="TakeOrders", table="orders", operations=("GetItem", "PutItem")),
    ),
)
