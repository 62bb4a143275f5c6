"""The mysfit store in DynamoDB."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError

from services.kit.dynamodb_client import DynamoDbClients, dynamodb_clients
from services.kit.group_commit import GroupCommit, GroupLimits
from services.kit.logs import fields
from services.kit.metrics import Metrics
from services.mysfits import dynamodb_items
from services.mysfits.like_batch import MOST_LIKES, Tables
from services.mysfits.like_commits import NO_ANSWER, LikeCommits
from services.mysfits.mysfits import (
    Axis,
    Like,
    MysfitProfile,
    MysfitSummary,
    StoreUnavailableError,
    UnknownMysfitError,
)
from services.mysfits.store_settings import StoreSettings

log = logging.getLogger(__name__)

_READ_SECONDS: Final = 4.0
"""For one page or item, retries included."""

_WRITE_SECONDS: Final = 2.5
"""For an adoption; like every deadline here below the facade's, which wants to hear from us instead of giving up."""

_EXISTS: Final = "attribute_exists(MysfitId)"


@asynccontextmanager
async def open_dynamodb_store(settings: StoreSettings, *, metrics: Metrics) -> AsyncIterator[DynamoDbMysfitStore]:
    """A store with clients of its own, for as long as the context lasts; at its end every like is settled."""
    async with dynamodb_clients(region=settings.region) as clients:
        commits = LikeCommits(client=clients.writes, tables=settings.tables, metrics=metrics)
        likes: GroupCommit[None] = GroupCommit(
            commit=commits.commit, limits=GroupLimits(most_in_group=MOST_LIKES), unavailable=StoreUnavailableError
        )
        store = DynamoDbMysfitStore(clients=clients, tables=settings.tables, likes=likes)
        try:
            yield store
        finally:
            await store.drain()


class DynamoDbMysfitStore:
    """MysfitStore on one table with the indexes GoodEvilIndex and LawChaosIndex.

    Likes are committed in groups, each like exactly once; see ``group_commit`` and ``like_commits``. An adoption is
    attempted once: repeating it changes nothing, so that is left to the caller.
    """

    def __init__(self, *, clients: DynamoDbClients, tables: Tables, likes: GroupCommit[None]) -> None:
        self._clients = clients
        self._table_name = tables.mysfits
        self._likes = likes
        self._has_no_ledger = tables.ledger is None

    async def drain(self) -> None:
        """Wait until every like that was accepted is settled; takes a few seconds at most."""
        await self._likes.drain()

    async def list_all(self) -> list[MysfitSummary]:
        """See MysfitStore."""
        # Whole items: DynamoDB charges for them in any case, and choosing attributes takes it time.
        return await self._pages("scan", {"TableName": self._table_name})

    async def list_by(self, axis: Axis, value: str) -> list[MysfitSummary]:
        """See MysfitStore."""
        request = {
            "TableName": self._table_name,
            "IndexName": f"{axis}Index",
            "KeyConditionExpression": f"{axis} = :value",
            "ExpressionAttributeValues": {":value": {"S": value}},
        }
        return await self._pages("query", request)

    async def profile(self, mysfit_id: str) -> MysfitProfile:
        """See MysfitStore."""
        with _failures("GetItem", mysfit_id):
            async with asyncio.timeout(_READ_SECONDS):
                answer = await self._clients.reads.get_item(
                    TableName=self._table_name, Key={"MysfitId": {"S": mysfit_id}}, ConsistentRead=True
                )
        if "Item" not in answer:
            raise UnknownMysfitError(mysfit_id)
        return dynamodb_items.profile(answer["Item"])

    async def like(self, like: Like) -> None:
        """See MysfitStore."""
        self._require_ledger()
        await self._likes.add(like.mysfit_id, like.key)

    async def like_all(self, mysfit_id: str, keys: Collection[str]) -> None:
        """See MysfitStore."""
        self._require_ledger()
        await self._likes.add_all(mysfit_id, keys)

    async def adopt(self, mysfit_id: str) -> None:
        """See MysfitStore."""
        await self._update(mysfit_id, "SET Adopted = :yes", {":yes": {"BOOL": True}})

    def _require_ledger(self) -> None:
        if self._has_no_ledger:
            raise RuntimeError("This store was opened without a ledger; likes need one.")

    async def _update(self, mysfit_id: str, expression: str, values: dict[str, Any]) -> None:
        with _failures("UpdateItem", mysfit_id):
            async with asyncio.timeout(_WRITE_SECONDS):
                await self._clients.writes.update_item(
                    TableName=self._table_name,
                    Key={"MysfitId": {"S": mysfit_id}},
                    UpdateExpression=expression,
                    ConditionExpression=_EXISTS,
                    ExpressionAttributeValues=values,
                )

    async def _pages(self, operation: str, request: dict[str, Any]) -> list[MysfitSummary]:
        read_page = getattr(self._clients.reads, operation)
        found: list[MysfitSummary] = []
        while True:
            with _failures(operation.title()):
                async with asyncio.timeout(_READ_SECONDS):
                    page = await read_page(**request)
            found += dynamodb_items.summaries(page["Items"])
            if "LastEvaluatedKey" not in page:
                return found
            request = {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]}


@contextmanager
def _failures(operation: str, mysfit_id: str = "") -> Iterator[None]:
    """Turn what a DynamoDB call can raise into the store's own errors; the reason goes to the log, not to clients."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            raise UnknownMysfitError(mysfit_id) from None
        log.warning("DynamoDB refused %s: %s", operation, error, extra=fields(mysfitId=mysfit_id, code=code))
        raise StoreUnavailableError("The database refused; nothing was changed. Try again.") from error
    except NO_ANSWER as error:
        log.warning("DynamoDB did not answer %s: %r", operation, error, extra=fields(mysfitId=mysfit_id))
        raise StoreUnavailableError(
            "The database did not answer; whether a change was made is unknown. Look before you try again."
        ) from error
