"""What the shop sells: list, details and stock."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from .database import Tables


def blueprint(tables: Tables) -> Blueprint:
    """GET / and everything below /books."""
    routes = Blueprint("books", __name__)

    @routes.get("/")
    def index() -> Response:
        return jsonify(shop="bookshop", books="/books", orders="/orders")

    @routes.get("/books")
    def list_books() -> Response:
        genre = request.args.get("genre", "")
        found = of_genre(tables, genre) if genre else every(tables)
        return jsonify(books=sorted((summary(item) for item in found), key=lambda book: book["title"]))

    @routes.get("/books/<isbn>")
    def show_book(isbn: str) -> Response:
        return jsonify(details(get(tables, isbn)))

    @routes.get("/books/<isbn>/stock")
    def show_stock(isbn: str) -> Response:
        item = get(tables, isbn)
        return jsonify(isbn=isbn, stock=int(item["Stock"]), sold=int(item["Sold"]))

    return routes


def get(tables: Tables, isbn: str) -> dict[str, Any]:
    """The item of a book; 404 when there is none."""
    found = tables.client.get_item(TableName=tables.books, Key={"Isbn": isbn}, ConsistentRead=True)
    item: dict[str, Any] | None = found.get("Item")
    if item is None:
        abort(404, f"There is no book {isbn}; GET /books lists them all.")
    return item


def every(tables: Tables) -> list[dict[str, Any]]:
    """All books."""
    pages = tables.client.get_paginator("scan").paginate(TableName=tables.books)
    return [item for page in pages for item in page["Items"]]


def of_genre(tables: Tables, genre: str) -> list[dict[str, Any]]:
    """The books of one genre."""
    pages = tables.client.get_paginator("query").paginate(
        TableName=tables.books,
        IndexName="GenreIndex",
        KeyConditionExpression="Genre = :genre",
        ExpressionAttributeValues={":genre": genre},
    )
    return [item for page in pages for item in page["Items"]]


def summary(item: dict[str, Any]) -> dict[str, Any]:
    """A book as the list shows it."""
    return {"isbn": item["Isbn"], "title": item["Title"], "author": item["Author"], "genre": item["Genre"]}


def details(item: dict[str, Any]) -> dict[str, Any]:
    """A book as its own page shows it."""
    return {**summary(item), "blurb": item["Blurb"], "priceCents": int(item["PriceCents"])}
