"""What a customer orders."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import BadRequest

_NAMESPACE = uuid.UUID("6f0f3d0c-3b55-4d8e-9a38-3f2f2b0c7c11")
"""The monolith's: a request that is sent again finds the order that the other one entered."""


@dataclass(frozen=True)
class Order:
    """Copies of one book for one customer."""

    customer: str
    isbn: str
    copies: int

    @classmethod
    def checked(cls, body: Any) -> Order:
        """The order in a request's JSON; BadRequest when it is none."""
        fields = body if isinstance(body, dict) else {}
        customer, isbn, copies = fields.get("customer"), fields.get("isbn"), fields.get("copies")
        if not (isinstance(customer, str) and 0 < len(customer) <= 64 and customer.isprintable()):
            raise BadRequest("customer must be a name of 1 to 64 characters.")
        if not (isinstance(isbn, str) and len(isbn) == 13 and isbn.isascii() and isbn.isdigit()):
            raise BadRequest("isbn must be a string of 13 digits; GET /books lists them.")
        if not (isinstance(copies, int) and not isinstance(copies, bool) and 1 <= copies <= 10):
            raise BadRequest("copies must be a number from 1 to 10.")
        return cls(customer=customer, isbn=isbn, copies=copies)

    @property
    def attributes(self) -> dict[str, Any]:
        """As the table has it."""
        return {"Customer": self.customer, "Isbn": self.isbn, "Copies": self.copies}

    def id(self, key: str) -> str:
        """The same customer with the same key means the same order."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.customer}\n{key}"))
