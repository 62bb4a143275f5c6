"""What is said of the routes that change something, wherever they are served."""

from __future__ import annotations

from typing import Final

from services.common.openapi import Operation

_KEY: Final = ("IdempotencyKey",)


def like_docs(*, guarded: bool = False) -> Operation:
    """Of a like, or (guarded) of the action behind it."""
    return Operation(
        summary="Store a like for the service in front." if guarded else "Like a mysfit.",
        description="Answered when the like is stored; counts once for each Idempotency-Key.",
        answers="Updated",
        parameters=_KEY,
        failures=(503,),
        with_key=True,
        guarded=guarded,
    )


def likes_docs() -> Operation:
    """Of several likes behind the service in front."""
    return Operation(
        summary="Store several likes of one mysfit for the service in front.",
        description="Answered when all are stored; each counts once for its key. After a failure some may be stored.",
        answers="Updated",
        parameters=("IdempotencyKeys",),
        failures=(503,),
        guarded=True,
    )


def adopt_docs(*, guarded: bool = False) -> Operation:
    """Of an adoption, or (guarded) of the action behind it."""
    return Operation(
        summary="Store an adoption for the service in front." if guarded else "Adopt a mysfit.",
        description="Answered when it is stored. Adopting again changes nothing and is no mistake.",
        answers="Updated",
        parameters=_KEY,
        failures=(503,),
        with_key=True,
        guarded=guarded,
    )
