"""GET /mysfits and GET /mysfits/{id}."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from quart import Quart, Response, request

from services.kit.openapi import Operation, documented
from services.kit.problems import Problem
from services.kit.routing import rule_of
from services.kit.service_app import Held, encode_json, json_bytes_response
from services.kit.shared_reads import SharedReads
from services.mysfits.mysfits import Axis, MysfitStore, MysfitSummary
from services.mysfits.routes import LIST, PROFILE

_AXES: Final = ("GoodEvil", "LawChaos")
_VALUE_LIMIT: Final = 64


def add_reads(app: Quart, store: Held[MysfitStore]) -> None:
    """Add both routes."""
    # Readers of the same share more than the database's answer: it is turned into JSON once.
    reads = SharedReads()

    @app.route(rule_of(LIST), methods=[LIST.method])
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

        async def read() -> bytes:
            return _list(await (store.value.list_all() if asked is None else store.value.list_by(*asked)))

        return json_bytes_response(await reads.read(("list", asked), read))

    @app.route(rule_of(PROFILE), methods=[PROFILE.method])
    @documented(
        Operation(
            summary="All there is to know about one mysfit.",
            description="Shows every change that was acknowledged before the request.",
            answers="MysfitProfile",
            failures=(503,),
        )
    )
    async def mysfit_profile(mysfit_id: str) -> Response:
        async def read() -> bytes:
            return encode_json((await store.value.profile(mysfit_id)).as_json())

        return json_bytes_response(await reads.read(("profile", mysfit_id), read))


def _list(found: Sequence[MysfitSummary]) -> bytes:
    return encode_json({"mysfits": [mysfit.as_json() for mysfit in found]})


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
