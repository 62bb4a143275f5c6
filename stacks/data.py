"""The table of mysfits, the ledger of likes, and what services may do with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cdktf import Fn
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTableGlobalSecondaryIndex,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableTtl,
)
from constructs import Construct

from settings.settings import Settings

_KEY: Final = "MysfitId"
_LEDGER_KEY: Final = "LikeId"
_LISTED: Final = ("Name", "Species", "ThumbImageUri")
_INDEX_BY_AXIS: Final = {"GoodEvil": "GoodEvilIndex", "LawChaos": "LawChaosIndex"}


def mysfits_table(scope: Construct, *, settings: Settings) -> DynamodbTable:
    """The table, on demand, with one index for each axis that the website filters by.

    The indexes carry just what a list shows, so a like, which changes only Likes, never writes to them.
    """
    return DynamodbTable(
        scope,
        "table",
        name=settings.table_names[0],
        billing_mode="PAY_PER_REQUEST",
        hash_key=_KEY,
        attribute=[DynamodbTableAttribute(name=name, type="S") for name in (_KEY, *_INDEX_BY_AXIS)],
        global_secondary_index=[_index(axis) for axis in _INDEX_BY_AXIS],
        point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
        deletion_protection_enabled=not settings.is_local,
    )


def likes_ledger(scope: Construct, *, settings: Settings) -> DynamodbTable:
    """One row for each like that was counted in the last day, so that a retry of it is not counted again.

    The same table in every stage: rolling from one to the other counts nothing twice. It needs no backup: its rows are
    worthless after a day.
    """
    return DynamodbTable(
        scope,
        "ledger",
        name=settings.table_names[1],
        billing_mode="PAY_PER_REQUEST",
        hash_key=_LEDGER_KEY,
        attribute=[DynamodbTableAttribute(name=_LEDGER_KEY, type="S")],
        ttl=DynamodbTableTtl(attribute_name="ExpiresAt", enabled=True),
    )


def _index(axis: str) -> DynamodbTableGlobalSecondaryIndex:
    others = [other for other in _INDEX_BY_AXIS if other != axis]
    return DynamodbTableGlobalSecondaryIndex(
        name=_INDEX_BY_AXIS[axis],
        hash_key=axis,
        range_key=_KEY,
        projection_type="INCLUDE",
        non_key_attributes=[*_LISTED, *others],
    )


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables of the stack."""

    mysfits: DynamodbTable
    ledger: DynamodbTable

    @classmethod
    def create(cls, scope: Construct, *, settings: Settings) -> Tables:
        """Both tables."""
        return cls(mysfits=mysfits_table(scope, settings=settings), ledger=likes_ledger(scope, settings=settings))

    def environment(self, *, ledger: bool) -> dict[str, str]:
        """Variables of a service that persists by itself, with or without likes."""
        names = {"DDB_TABLE_NAME": self.mysfits.name}
        return names | ({"LEDGER_TABLE_NAME": self.ledger.name} if ledger else {})

    def monolith_policy(self) -> str:
        """IAM policy JSON of the monolith, which reads everything and updates mysfits that exist."""
        return _policy(
            _statement("ReadAndUpdateMysfits", ["GetItem", "Scan", "UpdateItem"], [self.mysfits.arn]),
            _statement("ListByAxis", ["Query"], [f"{self.mysfits.arn}/index/{i}" for i in _INDEX_BY_AXIS.values()]),
            self._enter_likes(),
        )

    def writer_policy(self, *, ledger: bool) -> str:
        """IAM policy JSON of a microservice that updates mysfits by itself, with or without likes."""
        update = _statement("UpdateMysfits", ["UpdateItem"], [self.mysfits.arn])
        return _policy(update, self._enter_likes()) if ledger else _policy(update)

    def _enter_likes(self) -> dict[str, object]:
        # TransactWriteItems has no action of its own: it needs those of what it does.
        return _statement("EnterLikes", ["PutItem"], [self.ledger.arn])


def _statement(sid: str, actions: list[str], resources: list[str]) -> dict[str, object]:
    actions = [f"dynamodb:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _policy(*statements: dict[str, object]) -> str:
    return str(Fn.jsonencode({"Version": "2012-10-17", "Statement": list(statements)}))
