"""Mysfits and what can be asked of a store of them, whatever database is behind it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

Axis = Literal["GoodEvil", "LawChaos"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MysfitSummary:
    """A mysfit as the list shows it."""

    mysfit_id: str
    name: str
    species: str
    good_evil: str
    law_chaos: str
    thumb_image_uri: str

    def as_json(self) -> dict[str, object]:
        """The workshop's keys."""
        return {
            "mysfitId": self.mysfit_id,
            "name": self.name,
            "species": self.species,
            "goodevil": self.good_evil,
            "lawchaos": self.law_chaos,
            "thumbImageUri": self.thumb_image_uri,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class MysfitProfile:
    """All there is to know about one mysfit; ``age`` in years."""

    summary: MysfitSummary
    age: int
    description: str
    profile_image_uri: str
    likes: int
    adopted: bool

    def as_json(self) -> dict[str, object]:
        """The workshop's keys."""
        return self.summary.as_json() | {
            "age": self.age,
            "description": self.description,
            "profileImageUri": self.profile_image_uri,
            "likes": self.likes,
            "adopted": self.adopted,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Like:
    """One like of one mysfit; ``key`` is its Idempotency-Key, by which a store knows it when it comes again."""

    mysfit_id: str
    key: str


class UnknownMysfitError(LookupError):
    """No mysfit has this id."""

    def __init__(self, mysfit_id: str) -> None:
        super().__init__(f"There is no mysfit {mysfit_id}; GET /mysfits lists all.")


class StoreUnavailableError(RuntimeError):
    """The store did not do what was asked, or did not say whether it did; the message tells which."""


class MysfitStore(Protocol):
    """Reads and writes of mysfits.

    Every method raises StoreUnavailableError; those that take an id raise UnknownMysfitError and create nothing.
    """

    async def list_all(self) -> list[MysfitSummary]:
        """Every mysfit."""

    async def list_by(self, axis: Axis, value: str) -> list[MysfitSummary]:
        """Every mysfit with this value on this axis."""

    async def profile(self, mysfit_id: str) -> MysfitProfile:
        """One mysfit; what was acknowledged before the call is in it."""

    async def like(self, like: Like) -> None:
        """Count one like, once however often it is sent with this key; returns when it is stored."""

    async def like_all(self, mysfit_id: str, keys: Collection[str]) -> None:
        """``like`` for each of these different keys; returns when all are stored. If it raises, some may be stored."""

    async def adopt(self, mysfit_id: str) -> None:
        """Mark as adopted; adopting twice is the same as once."""
