"""The bookshop: a Flask monolith, and the order service that is carved out of it."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from examples.bookshop.orders.service import SERVICE as ORDERS
from systems.service import Grant, Image, Mode, Route, Service, Supplied, TableName
from systems.stage import Stage
from systems.system import System
from systems.table import Index, Table
from systems.workload import Workload

BOOKS: Final = Table(
    name="books",
    address="books_table",
    output="books_table_name",
    hash_key="Isbn",
    attributes={"Isbn": "S", "Genre": "S"},
    indexes={"GenreIndex": Index(hash_key="Genre", range_key="Isbn", non_key_attributes=("Title", "Author"))},
    seed="examples/bookshop/data/books.json",
)

ORDERS_TABLE: Final = Table(
    name="orders",
    address="orders_table",
    output="orders_table_name",
    hash_key="OrderId",
    attributes={"OrderId": "S", "Customer": "S", "OrderedAt": "S"},
    indexes={
        "CustomerIndex": Index(
            hash_key="Customer", range_key="OrderedAt", non_key_attributes=("Isbn", "Copies", "TotalCents")
        ),
    },
    seed="examples/bookshop/data/orders.json",
)

MONOLITH: Final = Service(
    name="monolith",
    image=Image(
        root="examples/bookshop/monolith",
        dockerfile="Dockerfile",
        context=("Dockerfile", "requirements.txt", "shop"),
    ),
    container_port=8000,
    environment={
        "BOOKS_TABLE": TableName(table="books"),
        "ORDERS_TABLE": TableName(table="orders"),
        "SERVES": Supplied.MONOLITH_ROUTES,
    },
    grants=(
        Grant(name="SellBooks", table="books", operations=("GetItem", "Scan", "UpdateItem")),
        Grant(name="ListByGenre", table="books", operations=("Query",), indexes=("GenreIndex",)),
        Grant(name="TakeOrders", table="orders", operations=("GetItem", "PutItem")),
        Grant(name="ListByCustomer", table="orders", operations=("Query",), indexes=("CustomerIndex",)),
    ),
    # What never leaves: make record learns what is declared, here or by a service.
    routes=(
        Route(method="GET", path="/"),
        Route(method="GET", path="/books"),
        Route(method="GET", path="/books/{isbn}"),
        Route(method="GET", path="/books/{isbn}/stock"),
        Route(method="GET", path="/orders"),
    ),
)


def _workload() -> Workload:
    # Imported when a rehearsal begins: nobody else has any use for its traffic.
    traffic: Workload = import_module("examples.bookshop.traffic").workload()
    return traffic


SYSTEM: Final = System(
    name="bookshop",
    title="Bookshop",
    monolith=MONOLITH,
    services=(ORDERS,),
    stages=(
        Stage(name="placeholder", means="NGINX placeholder behind the ALB", placeholder=True),
        Stage(name="monolith", means="everything in the monolith"),
        Stage(
            name="split",
            means="the order service takes and shows orders; the monolith still could",
            services={"orders": Mode.OWN},
            kept=("orders",),
        ),
        Stage(name="carved", means="the monolith no longer takes orders", services={"orders": Mode.OWN}),
    ),
    default_stage="carved",
    tables=(BOOKS, ORDERS_TABLE),
    workload=_workload,
    contract="examples/bookshop/contract.json",
    idempotency_header="Idempotency-Key",
)
