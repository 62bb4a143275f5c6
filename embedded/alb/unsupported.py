"""What AWS accepts and the embedded load balancer cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Unsupported(ValueError):
    """Why, in one sentence for people."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn every fault met while reading a record into ``Unsupported``: one odd record must not stop the others."""
    try:
        yield
    except Unsupported:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Unsupported(f"The embedded load balancer cannot read {what}: {type(error).__name__}: {error}.") from error
