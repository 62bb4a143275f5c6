"""The order service of the bookshop: places orders and looks them up."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping

from quart import Quart, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from . import problems
from .order import Order
from .store import Store, opened


def create_app(environ: Mapping[str, str] = os.environ) -> Quart:
    """The application. BOOKS_TABLE and ORDERS_TABLE name the DynamoDB tables."""
    missing = [name for name in ("BOOKS_TABLE", "ORDERS_TABLE") if not environ.get(name)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be set to the names of the DynamoDB tables.")
    app = Quart(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024
    problems.register(app)

    @app.while_serving
    async def store() -> AsyncGenerator[None, None]:
        async with opened(environ) as app.extensions["store"]:
            yield

    @app.get("/")
    async def health() -> Response:
        return jsonify(service="orders")

    @app.post("/orders")
    async def place_order() -> tuple[Response, int, dict[str, str]]:
        order = Order.checked(await request.get_json(silent=True))
        key = request.headers.get("Idempotency-Key", "")
        if not 8 <= len(key) <= 64:
            raise BadRequest("Send a header Idempotency-Key of 8 to 64 characters, a new one for each order.")
        placed = await _store(app).place(order.id(key), order)
        return jsonify(placed), 201, {"Location": f"/orders/{placed['orderId']}"}

    @app.get("/orders/<order_id>")
    async def show_order(order_id: str) -> Response:
        found = await _store(app).find(order_id)
        if found is None:
            raise NotFound(f"There is no order {order_id}.")
        return jsonify(found)

    return app


def _store(app: Quart) -> Store:
    store: Store = app.extensions["store"]
    return store
