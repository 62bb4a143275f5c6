"""GET /mysfits and GET /mysfits/{id}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

from quart import Quart, Response, request

from services.kit.openapi import Operation, documented
from services.kit.problems import Problem
from services.kit.service_app import Held, encode_json, json_bytes_response
from services.mysfits.mysfits import Axis, MysfitProfile, MysfitStore, MysfitSummary

T = TypeVar("T")

_AXES: Final = ("GoodEvil", "LawChaos")
_VALUE_LIMIT: Final = 64


def add_reads(app: Quart, store: Held[MysfitStore]) -> None:
    """Add both routes."""
    lists: _LastEncoded[list[MysfitSummary]] = _LastEncoded(
        lambda found: {"mysfits": [mysfit.as_json() for mysfit in found]}
    )
    profiles: _LastEncoded[MysfitProfile] = _LastEncoded(MysfitProfile.as_json)

    @app.get("/mysfits")
    @documented(
        Operation(
            summary="Every mysfit, or those with one value on one axis.",
            answers="MysfitList",
            parameters=("Filter",),
            failures=(503,),
        )
    )
    async def list_mysfits() -> Response:
        asked = _filter()
        found = await (store.value.list_all() if asked is None else store.value.list_by(*asked))
        return json_bytes_response(lists.encode(found))

    @app.get("/mysfits/<mysfit_id:mysfit_id>")
    @documented(
        Operation(
            summary="All there is to know about one mysfit.",
            description="Shows every change that was acknowledged before the request.",
            answers="MysfitProfile",
            failures=(503,),
        )
    )
    async def mysfit_profile(mysfit_id: str) -> Response:
        return json_bytes_response(profiles.encode(await store.value.profile(mysfit_id)))


class _LastEncoded(Generic[T]):
    """Readers who come at the same time get the same object from the store; its JSON is made for the first of them."""

    def __init__(self, as_json: Callable[[T], object]) -> None:
        self._as_json = as_json
        self._last: tuple[T, bytes] | None = None

    def encode(self, found: T) -> bytes:
        """The JSON of ``found``, which must not change any more."""
        if self._last is None or self._last[0] is not found:
            self._last = (found, encode_json(self._as_json(found)))
        return self._last[1]


def _filter() -> tuple[Axis, str] | None:
    """Axis and value of the query string, or None when it names no filter."""
    axes, values = request.args.getlist("filter"), request.args.getlist("value")
    if not axes and not values:
        return None
    if len(axes) != 1 or axes[0] not in _AXES:
        raise Problem(400, f"filter must be given once, as {' or '.join(_AXES)}, together with value.")
    if len(values) != 1 or not 1 <= len(values[0]) <= _VALUE_LIMIT:
        raise Problem(400, f"value must be given once, with 1 to {_VALUE_LIMIT} characters, such as Good or Lawful.")
    return cast(Axis, axes[0]), values[0]
