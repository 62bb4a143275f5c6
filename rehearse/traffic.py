"""What visitors do: a seeded, endless stream of requests, due at times that do not depend on any answer."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

KINDS: Final = ("list", "filter", "profile", "like", "adopt")

DEFAULT_MIX: Final[Mapping[str, int]] = MappingProxyType(
    {"list": 15, "filter": 10, "profile": 40, "like": 30, "adopt": 5}
)
"""Weight of each kind of request."""

_AXES: Final = {"GoodEvil": "goodevil", "LawChaos": "lawchaos"}
_SUCCESS: Final = {"Update": "Success"}


@dataclass(frozen=True, kw_only=True)
class Mysfit:
    """What traffic needs to know of one mysfit; ``traits`` by axis, such as ``{"GoodEvil": "Good", …}``."""

    id: str
    traits: Mapping[str, str]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Mysfit:
        """From an item of ``data/mysfits.json``."""
        return cls(id=str(item["MysfitId"]), traits={axis: str(item[axis]) for axis in _AXES})


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One thing a visitor wants done.

    Attributes:
        number: counts from 0.
        due_seconds: when it arrives, from the start of the load.
        kind: one of KINDS.
        subject: the mysfit's id, ``Axis=Value`` of a filter, or empty for the list.
        key: the Idempotency-Key of a like, else empty.
    """

    number: int
    due_seconds: float
    kind: str
    subject: str
    key: str

    @property
    def method(self) -> str:
        """HTTP method."""
        return "POST" if self.kind in ("like", "adopt") else "GET"

    @property
    def path(self) -> str:
        """Request target."""
        match self.kind:
            case "list":
                return "/mysfits"
            case "filter":
                axis, _, value = self.subject.partition("=")
                return f"/mysfits?filter={axis}&value={value}"
            case "profile":
                return f"/mysfits/{self.subject}"
        return f"/mysfits/{self.subject}/{self.kind}"


def visits(
    *, seed: int, rate: float, mix: Mapping[str, int], mysfits: Sequence[Mysfit], run_id: str
) -> Iterator[Visit]:
    """Visits in order of arrival: a Poisson process of ``rate`` a second, each kind with its weight in ``mix``.

    The same seed gives the same visits at the same times; ``run_id`` alone makes their keys new.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable by intent
    kinds, weights = list(mix), list(mix.values())
    filters = sorted({f"{axis}={value}" for mysfit in mysfits for axis, value in mysfit.traits.items()})
    due, number = 0.0, 0
    while True:
        due += chance.expovariate(rate)
        kind = chance.choices(kinds, weights)[0]
        subject = {"list": "", "filter": chance.choice(filters)}.get(kind, chance.choice(mysfits).id)
        key = f"{run_id}-{number}" if kind == "like" else ""
        yield Visit(number=number, due_seconds=due, kind=kind, subject=subject, key=key)
        number += 1


class Expectation:
    """Knows the right answers: a placeholder's page is a 200 too."""

    def __init__(self, mysfits: Sequence[Mysfit]) -> None:
        self._all = {mysfit.id for mysfit in mysfits}
        self._having = {
            f"{axis}={value}": {mysfit.id for mysfit in mysfits if mysfit.traits[axis] == value}
            for axis in _AXES
            for value in {mysfit.traits[axis] for mysfit in mysfits}
        }

    def problem(self, visit: Visit, status: int, body: bytes) -> str:
        """What is wrong with an answer in a few words, or an empty string."""
        if status != 200:
            return f"status {status}"
        try:
            right = self._is_right(visit, json.loads(body))
        except (ValueError, KeyError, TypeError):
            right = False
        return "" if right else "wrong answer"

    def _is_right(self, visit: Visit, document: Any) -> bool:
        match visit.kind:
            case "list" | "filter":
                wanted = self._all if visit.kind == "list" else self._having[visit.subject]
                return {mysfit["mysfitId"] for mysfit in document["mysfits"]} == wanted
            case "profile":
                return bool(document["mysfitId"] == visit.subject and document["likes"] >= 0)
        return bool(document == _SUCCESS)
