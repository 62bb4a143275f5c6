"""A whole MysfitStore in memory, so that the monolith's routes are tested without a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

from services.mysfits.mysfits import (
    Axis,
    Like,
    MysfitProfile,
    MysfitStore,
    MysfitSummary,
    StoreUnavailableError,
    UnknownMysfitError,
)


def mysfit(mysfit_id: str, *, good_evil: str = "Good", law_chaos: str = "Lawful") -> MysfitProfile:
    """A mysfit nobody has liked yet."""
    summary = MysfitSummary(
        mysfit_id=mysfit_id,
        name=f"Name of {mysfit_id}",
        species="Dragon",
        good_evil=good_evil,
        law_chaos=law_chaos,
        thumb_image_uri="/images/dragon.svg",
    )
    return MysfitProfile(
        summary=summary, age=7, description="…", profile_image_uri="/images/dragon.svg", likes=0, adopted=False
    )


class MemoryStore:
    """Does what MysfitStore says; ``available = False`` makes every call raise StoreUnavailableError."""

    def __init__(self, *mysfits: MysfitProfile) -> None:
        self.by_id = {found.summary.mysfit_id: found for found in mysfits}
        self.likes: list[Like] = []
        self.reads: list[str] = []
        self.available = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[MysfitStore]:
        """The store, as ``create_app`` wants it opened."""
        yield self

    async def list_all(self) -> list[MysfitSummary]:
        self.reads.append("list")
        self._check()
        return [found.summary for found in self.by_id.values()]

    async def list_by(self, axis: Axis, value: str) -> list[MysfitSummary]:
        field = {"GoodEvil": "good_evil", "LawChaos": "law_chaos"}[axis]
        return [found for found in await self.list_all() if getattr(found, field) == value]

    async def profile(self, mysfit_id: str) -> MysfitProfile:
        self.reads.append(mysfit_id)
        self._check()
        if mysfit_id not in self.by_id:
            raise UnknownMysfitError(mysfit_id)
        return self.by_id[mysfit_id]

    async def like(self, like: Like) -> None:
        found = await self.profile(like.mysfit_id)
        self.by_id[like.mysfit_id] = replace(found, likes=found.likes + 1)
        self.likes.append(like)

    async def like_all(self, mysfit_id: str, keys: Collection[str]) -> None:
        for key in keys:
            await self.like(Like(mysfit_id=mysfit_id, key=key))

    async def adopt(self, mysfit_id: str) -> None:
        self.by_id[mysfit_id] = replace(await self.profile(mysfit_id), adopted=True)

    def _check(self) -> None:
        if not self.available:
            raise StoreUnavailableError("The database is away.")
