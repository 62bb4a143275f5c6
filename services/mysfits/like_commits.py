"""The commit protocol of likes: every like of a group is settled, each exactly once, whatever DynamoDB does.

This is the one layer that repeats calls to DynamoDB for likes (botocore makes one attempt each). What makes that safe
is the ledger: a transaction in which a like is applied contains its row, and a second one with that row is refused.

- Refused for a reason that passes (conflict, throttling): the same batch again after a random pause.
- No answer: nobody knows whether it was applied. The same batch again, with nothing added; if all of its rows turn out
  to be there, it was applied.
- Some rows are there: those likes are settled, the others go on as a new batch.
- Deadline over: the rest is answered as unavailable. It may still have been applied; whoever tries again with the same
  key learns.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import ClientError as HttpClientError
from botocore.exceptions import BotoCoreError, ClientError

from services.kit.logs import fields
from services.kit.metrics import Metrics
from services.mysfits.like_batch import LikeBatch, Tables, Verdict, verdict_on
from services.mysfits.mysfits import StoreUnavailableError, UnknownMysfitError

log = logging.getLogger(__name__)

NO_ANSWER = (BotoCoreError, HttpClientError, TimeoutError, OSError)
"""What a DynamoDB call raises when nobody knows what became of it."""

Settle = Callable[[Collection[str], Exception | None], None]
"""Told of keys whose likes are stored (None) or will not be tried any more (why)."""


class TransactionClient(Protocol):
    """The part of a DynamoDB client that is used here; it must make one attempt a call."""

    async def transact_write_items(self, **request: Any) -> Any:
        """TransactWriteItems."""


@dataclass(frozen=True, kw_only=True)
class CommitTimes:
    """Seconds.

    Attributes:
        deadline: for a group, from its first attempt to its last answer.
        attempt: for one call; DynamoDB answers within 0.1 s as a rule.
        first_pause: upper bound of the first random pause; it doubles with each further one.
        longest_pause: upper bound of every pause.
    """

    deadline: float = 3.5
    attempt: float = 1.2
    first_pause: float = 0.02
    longest_pause: float = 0.2


class LikeCommits:
    """Commits groups of likes to ``tables``."""

    def __init__(
        self,
        *,
        client: TransactionClient,
        tables: Tables,
        metrics: Metrics,
        times: CommitTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._tables = tables
        self._metrics = metrics
        self._times = times or CommitTimes()
        self._clock = clock

    async def commit(self, mysfit_id: str, keys: Sequence[str], settle: Settle) -> None:
        """Store the likes ``keys`` of one mysfit; returns when ``settle`` was called for each of them."""
        began = self._clock()
        try:
            await self._commit(mysfit_id, keys, settle)
        finally:
            self._metrics.count("Commits")
            self._metrics.measure("CommitSize", len(keys))
            self._metrics.measure("CommitMs", round((self._clock() - began) * 1e3, 3))

    async def _commit(self, mysfit_id: str, keys: Sequence[str], settle: Settle) -> None:
        ends = self._clock() + self._times.deadline
        batch = LikeBatch.of(mysfit_id, keys)
        pause = self._times.first_pause
        while True:
            verdict = await self._attempt(batch, ends - self._clock())
            settle(verdict.applied, None)
            self._metrics.count("LikesStored", len(verdict.applied))
            rest = [key for key in batch.keys if key not in verdict.applied]
            if not rest:
                return
            if verdict.unknown_mysfit:
                settle(rest, UnknownMysfitError(mysfit_id))
                return
            if not verdict.again and not verdict.applied:
                self._give_up(rest, _refused(), settle)
                return
            if verdict.applied:
                batch = LikeBatch.of(mysfit_id, rest)
            if verdict.again:
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads load, keeps no secret
                pause = min(2 * pause, self._times.longest_pause)
            if self._clock() >= ends:
                self._give_up(rest, _out_of_time(), settle)
                return
            self._metrics.count("CommitRepeats")

    def _give_up(self, keys: Collection[str], why: Exception, settle: Settle) -> None:
        self._metrics.count("CommitFailures", len(keys))
        settle(keys, why)

    async def _attempt(self, batch: LikeBatch, seconds_left: float) -> Verdict:
        """Send the batch once."""
        try:
            async with asyncio.timeout(min(self._times.attempt, seconds_left)):
                await self._client.transact_write_items(**batch.request(self._tables))
        except ClientError as error:
            verdict = verdict_on(batch, error)
        except NO_ANSWER as error:
            verdict = Verdict(again=True, reason=f"no answer: {error!r}")
        else:
            return Verdict(applied=frozenset(batch.keys))
        self._metrics.count("LikesKnown", len(verdict.applied))
        if not (verdict.applied or verdict.unknown_mysfit):
            log.log(
                logging.WARNING if verdict.again else logging.ERROR,
                "DynamoDB did not store likes: %s",
                verdict.reason,
                extra=fields(mysfitId=batch.mysfit_id, likes=len(batch.keys), batch=batch.token),
            )
        return verdict


def _refused() -> StoreUnavailableError:
    return StoreUnavailableError("The database takes no likes now. Try again later, with the same Idempotency-Key.")


def _out_of_time() -> StoreUnavailableError:
    return StoreUnavailableError(
        "The database did not confirm the like in time; it may or may not be stored. Try again with the same "
        "Idempotency-Key, then it counts once."
    )
