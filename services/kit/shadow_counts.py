"""What came of shadow requests, by route, as log lines that ``make shadow`` adds up."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from services.kit.differences import Differences, kind
from services.kit.logs import fields

log = logging.getLogger(__name__)

MESSAGE: Final = "Shadow requests compared."
_MOST_KINDS: Final = 8


@dataclass(kw_only=True)
class Difference:
    """One kind of field: in how many answers it differed, and both values where it was seen first."""

    answers: int
    old: str
    new: str


@dataclass(kw_only=True)
class RouteCounts:
    """One route's counts.

    Attributes:
        same, moved, different: answers of the new side that were compared; ``moved``: only in what the old side itself
            changed meanwhile.
        failed: requests that the new side did not answer, by reason.
        dropped: requests for which there was no room.
        left_out: requests that could not be repeated, by reason.
        alone: requests for which there is nobody but the side that asked.
        differences: by kind of field, the first 8 kinds.
    """

    same: int = 0
    moved: int = 0
    different: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    alone: int = 0
    differences: dict[str, Difference] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """Requests sent to somebody new, of which it is known what came of them."""
        return self.same + self.moved + self.different + self.failed.total()

    def differ(self, found: Differences) -> None:
        """Count an answer with these differences."""
        self.different += 1
        seen: set[str] = set()
        for path, (old, new) in found.items():
            name = kind(path)
            if name in seen:
                continue
            seen.add(name)
            if name in self.differences:
                self.differences[name].answers += 1
            elif len(self.differences) < _MOST_KINDS:
                self.differences[name] = Difference(answers=1, old=old, new=new)


class ShadowCounts:
    """Counts since the last ``flush``."""

    def __init__(self) -> None:
        self._routes: dict[str, RouteCounts] = {}

    def of(self, route: str) -> RouteCounts:
        """Counts of a route, such as ``GET /orders/{order_id}``."""
        return self._routes.setdefault(route, RouteCounts())

    def flush(self) -> None:
        """Log a line for each route that anything came of, and begin anew."""
        routes, self._routes = self._routes, {}
        for route, counts in routes.items():
            log.info(
                MESSAGE,
                extra=fields(
                    route=route,
                    asked=counts.asked,
                    same=counts.same,
                    moved=counts.moved,
                    different=counts.different,
                    failed=dict(counts.failed),
                    dropped=counts.dropped,
                    leftOut=dict(counts.left_out),
                    alone=counts.alone,
                    differences={
                        name: {"answers": one.answers, "old": one.old, "new": one.new}
                        for name, one in counts.differences.items()
                    },
                ),
            )
