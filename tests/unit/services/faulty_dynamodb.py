"""A DynamoDB in memory that keeps DynamoDB's promises for what the store asks of it, and fails in every way it may.

Source of the semantics: "TransactWriteItems" and "Transactions: how it works" in DynamoDB's documentation. All actions
are applied or none; conditions see the state before; a cancelled transaction tells the reason of each action in order;
at most 100 actions on distinct items; ClientRequestToken repeats a success (only where ``honours_tokens``).
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from enum import Enum, auto
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError


class Fault(Enum):
    """What happens to one call."""

    NONE = auto()
    REPLY_LOST = auto()  # applied, and the connection breaks
    REQUEST_LOST = auto()  # not applied, and the connection breaks
    LATE = auto()  # the caller times out; it is applied later, whenever ``deliver_late`` is called
    SERVER_ERROR_AFTER = auto()  # applied, and answered 500
    SERVER_ERROR_BEFORE = auto()  # not applied, and answered 500
    THROTTLED = auto()
    ROWS_THROTTLED = auto()  # cancelled: some partition was throttled
    CONFLICT = auto()  # cancelled: another transaction is at the counter
    FEW_REASONS = auto()  # a cancellation names the first reason only
    REFUSED = auto()  # for a reason that does not pass
    TIME_PASSES = auto()  # applied, reply lost, and every deadline is over
    CRASH_BEFORE = auto()  # the process dies; not applied
    CRASH_AFTER = auto()  # the process dies; applied


class FaultyDynamoDb:
    """The tables ``mysfits`` and ``ledger``; ``faults`` are taken by the next calls in turn.

    Attributes:
        crashed: tasks whose process a fault wants to die; their calls never return.
        now: what ``clock`` tells, in seconds.
    """

    def __init__(self, *mysfit_ids: str, honours_tokens: bool) -> None:
        self.mysfits = dict.fromkeys(mysfit_ids, 0)
        self.ledger: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.crashed: set[asyncio.Task[Any] | None] = set()
        self.now = 0.0
        self.calls = 0
        self._late: list[dict[str, Any]] = []
        self._honours_tokens = honours_tokens
        self._done_by_token: dict[str, dict[str, Any]] = {}

    def clock(self) -> float:
        """Seconds since some moment."""
        return self.now

    def deliver_late(self) -> None:
        """Requests that were under way for long arrive now; nobody hears what becomes of them."""
        late, self._late = self._late, []
        for request in late:
            self._apply(request, few_reasons=False)

    async def get_item(self, *, Key: Any, **_: Any) -> dict[str, Any]:
        """GetItem of a mysfit, strongly consistent."""
        await asyncio.sleep(0)
        mysfit_id = Key["MysfitId"]["S"]
        if mysfit_id not in self.mysfits:
            return {}
        texts = ("Name", "Species", "Description", "GoodEvil", "LawChaos", "ThumbImageUri", "ProfileImageUri")
        item = {name: {"S": "…"} for name in texts} | {"Age": {"N": "1"}, "Adopted": {"BOOL": False}}
        return {"Item": {"MysfitId": {"S": mysfit_id}, "Likes": {"N": str(self.mysfits[mysfit_id])}, **item}}

    async def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """TransactWriteItems, under the next fault."""
        self.calls += 1
        fault = self.faults.popleft() if self.faults else Fault.NONE
        request = copy.deepcopy(request)
        await asyncio.sleep(0)
        await self._before(fault, request)
        error = self._apply(request, few_reasons=fault is Fault.FEW_REASONS)
        await asyncio.sleep(0)
        await self._after(fault)
        if error is not None:
            raise error
        return {}

    async def _before(self, fault: Fault, request: dict[str, Any]) -> None:
        actions = request["TransactItems"]
        if fault is Fault.REQUEST_LOST:
            raise ConnectionClosedError(endpoint_url="double")
        if fault is Fault.LATE:
            self._late.append(request)
            raise ReadTimeoutError(endpoint_url="double")
        if fault is Fault.SERVER_ERROR_BEFORE:
            raise _error("InternalServerError", 500)
        if fault is Fault.THROTTLED:
            raise _error("ThrottlingException", 400)
        if fault is Fault.REFUSED:
            raise _error("AccessDeniedException", 400)
        if fault is Fault.ROWS_THROTTLED:
            raise _cancelled(["ThrottlingError", *["None"] * (len(actions) - 1)])
        if fault is Fault.CONFLICT:
            raise _cancelled([*["None"] * (len(actions) - 1), "TransactionConflict"])
        if fault is Fault.CRASH_BEFORE:
            await self._crash()

    async def _after(self, fault: Fault) -> None:
        if fault is Fault.TIME_PASSES:
            self.now += 3600
        if fault in (Fault.REPLY_LOST, Fault.TIME_PASSES):
            raise ConnectionClosedError(endpoint_url="double")
        if fault is Fault.SERVER_ERROR_AFTER:
            raise _error("InternalServerError", 500)
        if fault is Fault.CRASH_AFTER:
            await self._crash()

    async def _crash(self) -> None:
        self.crashed.add(asyncio.current_task())
        await asyncio.Event().wait()

    def _apply(self, request: dict[str, Any], *, few_reasons: bool) -> ClientError | None:
        token, actions = request["ClientRequestToken"], request["TransactItems"]
        if self._honours_tokens and token in self._done_by_token:
            same = self._done_by_token[token] == request
            return None if same else _error("IdempotentParameterMismatchException", 400)
        rows = [action["Put"]["Item"]["LikeId"]["S"] for action in actions if "Put" in action]
        (counter,) = (action["Update"] for action in actions if "Update" in action)
        if len(actions) > 100 or len(set(rows)) < len(rows):
            return _error("ValidationException", 400)
        assert all(a["Put"]["ConditionExpression"] == "attribute_not_exists(LikeId)" for a in actions if "Put" in a)
        assert (counter["ConditionExpression"], counter["UpdateExpression"]) == (
            "attribute_exists(MysfitId)",
            "ADD Likes :n",
        )
        mysfit_id = counter["Key"]["MysfitId"]["S"]
        failed = [row in self.ledger for row in rows] + [mysfit_id not in self.mysfits]
        if any(failed):
            reasons = ["ConditionalCheckFailed" if one else "None" for one in failed]
            if few_reasons:
                first = reasons.index("ConditionalCheckFailed")
                reasons[first + 1 :] = ["None"] * (len(reasons) - first - 1)
            return _cancelled(reasons)
        self.ledger.update(rows)
        self.mysfits[mysfit_id] += int(counter["ExpressionAttributeValues"][":n"]["N"])
        self._done_by_token[token] = request
        return None


def _error(code: str, status: int, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, "TransactWriteItems")


def _cancelled(reasons: list[str]) -> ClientError:
    return _error("TransactionCanceledException", 400, CancellationReasons=[{"Code": reason} for reason in reasons])
