"""One transaction of likes: a conditional ledger row for each, one update of the counter, and what an answer says."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

MOST_LIKES: Final = 99
"""TransactWriteItems takes 100 actions, one of which is the counter's."""

LEDGER_SECONDS: Final = 24 * 3600
"""How long a like is known again. DynamoDB deletes expired rows when it likes; until then they still count as known."""

_FAILED: Final = "ConditionalCheckFailed"
_PASSING_REASONS: Final = frozenset(
    ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded")
)
_PASSING_ERRORS: Final = frozenset(
    (
        "TransactionInProgressException",
        "TransactionConflictException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """Names of the table of mysfits and of the ledger of likes (hash key LikeId, TTL attribute ExpiresAt).

    A service that stores no likes has no ledger.
    """

    mysfits: str
    ledger: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LikeBatch:
    """Likes of one mysfit that are applied together or not at all.

    A batch is a value: sending it again sends the same rows, expiry and token, so DynamoDB can tell it from another.

    Attributes:
        keys: distinct, at most MOST_LIKES.
        token: ClientRequestToken; DynamoDB repeats its answer to it for 10 minutes. A help, not relied on.
        expires_at: when the rows may be forgotten, in epoch seconds.
    """

    mysfit_id: str
    keys: tuple[str, ...]
    token: str
    expires_at: int

    @classmethod
    def of(cls, mysfit_id: str, keys: Sequence[str]) -> LikeBatch:
        """A new batch, unlike every other."""
        return cls(
            mysfit_id=mysfit_id,
            keys=tuple(keys),
            token=secrets.token_hex(16),
            expires_at=int(time.time()) + LEDGER_SECONDS,
        )

    def request(self, tables: Tables) -> dict[str, Any]:
        """Parameters of TransactWriteItems: the rows in the order of ``keys``, then the counter."""
        expires_at = {"N": str(self.expires_at)}
        rows: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": tables.ledger,
                    "Item": {"LikeId": {"S": like_id(self.mysfit_id, key)}, "ExpiresAt": expires_at},
                    "ConditionExpression": "attribute_not_exists(LikeId)",
                }
            }
            for key in self.keys
        ]
        counter = {
            "Update": {
                "TableName": tables.mysfits,
                "Key": {"MysfitId": {"S": self.mysfit_id}},
                # ADD alone would create a mysfit that is nothing but a number of likes.
                "ConditionExpression": "attribute_exists(MysfitId)",
                "UpdateExpression": "ADD Likes :n",
                "ExpressionAttributeValues": {":n": {"N": str(len(self.keys))}},
            }
        }
        return {"TransactItems": [*rows, counter], "ClientRequestToken": self.token}


def like_id(mysfit_id: str, key: str) -> str:
    """Key of a like's ledger row. An id has no ``#``, so two likes never share one; one key may serve many mysfits."""
    return f"{mysfit_id}#{key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one attempt at a batch brought to light.

    Attributes:
        applied: the keys that are in the ledger for sure, by this attempt or before it.
        unknown_mysfit: there is nothing to like; nothing else was applied.
        again: the rest may be sent again, as the refusal passes or as nobody knows what became of the attempt.
        reason: for the log.
    """

    applied: frozenset[str] = frozenset()
    unknown_mysfit: bool = False
    again: bool = False
    reason: str = ""


def verdict_on(batch: LikeBatch, error: ClientError) -> Verdict:
    """Read DynamoDB's refusal of ``batch``.

    A row whose condition failed is there already: that like was applied, by an attempt whose answer was lost or for a
    client that sent it twice. When all rows are there the batch itself was applied.
    """
    details: Mapping[str, Any] = error.response.get("Error", {})
    code = details.get("Code", "")
    if code != "TransactionCanceledException":
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return Verdict(again=code in _PASSING_ERRORS or status >= 500, reason=str(code))
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
    rows, counter = reasons[: len(batch.keys)], reasons[len(batch.keys) :]
    return Verdict(
        applied=frozenset(key for key, reason in zip(batch.keys, rows, strict=False) if reason == _FAILED),
        unknown_mysfit=_FAILED in counter,
        again=any(reason in _PASSING_REASONS for reason in reasons),
        reason=", ".join(sorted({reason for reason in reasons if reason != "None"})) or str(code),
    )
