"""A fake of boto3 that can be read in pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class _Paginator:
    client: Any
    operation: str

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield getattr(self.client, self.operation)(**arguments)


class Paginated:
    """A client whose every list is one page: what its method of that name answers."""

    def get_paginator(self, operation: str) -> _Paginator:
        return _Paginator(self, operation)
