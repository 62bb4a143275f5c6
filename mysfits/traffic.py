"""Visitors of the mysfits: what they ask for, what they must get, and how their likes are counted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from services.mysfits.routes import ADOPT, LIKE, LIST, PROFILE
from systems.service import Route
from systems.workload import ReadTable, Visit, arrivals, wrong

SEED: Final = Path(__file__).parent / "mysfits.json"
_TABLE: Final = "mysfits"
_AXES: Final = ("GoodEvil", "LawChaos")
_SUCCESS: Final = {"Update": "Success"}
_ROUTES: Final[Mapping[str, Route]] = MappingProxyType(
    {"list": LIST, "filter": LIST, "profile": PROFILE, "like": LIKE, "adopt": ADOPT}
)
_MIX: Final[Mapping[str, int]] = MappingProxyType({"list": 15, "filter": 10, "profile": 40, "like": 30, "adopt": 5})


class MysfitsTraffic:
    """The ``systems.workload.Workload`` of the mysfits in ``items``, which are as ``data/mysfits.json`` has them."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        self._ids = [str(item["MysfitId"]) for item in items]
        self._listed: dict[str, set[str]] = {LIST.path: set(self._ids)}
        for item in items:
            for axis in _AXES:
                path = f"{LIST.path}?filter={axis}&value={item[axis]}"
                self._listed.setdefault(path, set()).add(str(item["MysfitId"]))
        self._filters = sorted(path for path in self._listed if "?" in path)

    @property
    def mix(self) -> Mapping[str, int]:
        """See Workload."""
        return _MIX

    def visits(self, *, seed: int, rate: float, mix: Mapping[str, int], run_id: str) -> Iterator[Visit]:
        """See Workload. A like has an Idempotency-Key, and counts as one for its mysfit."""
        chance = random.Random(seed)  # noqa: S311 - repeatable by intent
        for number, (due_seconds, kind) in enumerate(arrivals(chance, rate=rate, mix=mix)):
            filtered, mysfit_id = chance.choice(self._filters), chance.choice(self._ids)
            route = _ROUTES[kind]
            path = filtered if kind == "filter" else route.at(mysfit_id=mysfit_id)
            counts_as = next(iter(self.raises(route.method, path, b"")), "")
            yield Visit(
                number=number,
                due_seconds=due_seconds,
                kind=kind,
                method=route.method,
                path=path,
                headers={"Idempotency-Key": f"{run_id}-{number}"} if counts_as else {},
                counts_as=counts_as,
            )

    def raises(self, method: str, path: str, body: bytes) -> Mapping[str, int]:
        """See Workload: a like counts as one for its mysfit."""
        del body
        liked = [one for one in self._ids if (method, path) == (LIKE.method, LIKE.at(mysfit_id=one))]
        return dict.fromkeys(liked, 1)

    def problem(self, visit: Visit, status: int, body: bytes) -> str:
        """See Workload."""
        if status != 200:
            return f"status {status}"
        return wrong(partial(self._is_right, visit), body)

    def _is_right(self, visit: Visit, document: Any) -> bool:
        match visit.kind:
            case "list" | "filter":
                return {mysfit["mysfitId"] for mysfit in document["mysfits"]} == self._listed[visit.path]
            case "profile":
                return bool(document["mysfitId"] == visit.path.rpartition("/")[2] and document["likes"] >= 0)
        return bool(document == _SUCCESS)

    def counters(self, read: ReadTable) -> Mapping[str, int]:
        """See Workload: the likes of each mysfit, by its id."""
        return {str(item["MysfitId"]): int(item["Likes"]) for item in read(_TABLE)}


def workload() -> MysfitsTraffic:
    """Traffic for the mysfits that every new table is seeded with.

    Returns:
        A ``systems.workload.Workload``.
    """
    return MysfitsTraffic(json.loads(SEED.read_text(encoding="utf-8")))
