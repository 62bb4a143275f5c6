"""The bookshop: books, their stock and orders, in one Flask application."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask

from . import books, database, orders, problems


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The whole shop.

    BOOKS_TABLE and ORDERS_TABLE name the DynamoDB tables. SERVES lists, separated by commas, what this process still
    does of what could be done elsewhere; unset means everything.
    """
    missing = [name for name in ("BOOKS_TABLE", "ORDERS_TABLE") if not environ.get(name)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be set to the names of the DynamoDB tables.")
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024
    tables = database.Tables(client=database.connect(environ.get("AWS_REGION")), **_names(environ))
    problems.register(app)
    app.register_blueprint(books.blueprint(tables))
    app.register_blueprint(orders.listing(tables))
    if "orders" in environ.get("SERVES", "orders").split(","):
        app.register_blueprint(orders.blueprint(tables))
    return app


def _names(environ: Mapping[str, str]) -> dict[str, str]:
    return {"books": environ["BOOKS_TABLE"], "orders": environ["ORDERS_TABLE"]}
