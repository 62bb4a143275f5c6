"""Likes on their way to the monolith: of each mysfit one request is under way, and what comes meanwhile goes together.

So a mysfit that everybody likes costs the load balancer and the monolith one request for many likes. Each like keeps
its own key and gets its own answer; the ledger behind the monolith knows it again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Final

from services.facade.key_groups import MOST_CHARACTERS_IN_GROUP, MOST_IN_GROUP
from services.facade.monolith_facade import FacadeAnswer, MonolithFacade, MonolithUnavailableError
from services.kit import request_ids
from services.kit.group_commit import GroupCommit, GroupLimits, Settle
from services.kit.logs import fields
from services.mysfits.changes import LIKE
from services.mysfits.mysfits import StoreUnavailableError, UnknownMysfitError

log = logging.getLogger(__name__)

_LIMITS: Final = GroupLimits(
    most_in_group=MOST_IN_GROUP,
    most_characters=MOST_CHARACTERS_IN_GROUP,
    wait_seconds=12.0,  # above the facade's 9 s, so that one hears what became of it
)


class LikeForwarding:
    """Sends likes on through ``facade``."""

    def __init__(self, facade: MonolithFacade) -> None:
        self._facade = facade
        self._groups: GroupCommit[FacadeAnswer] = GroupCommit(
            commit=self._send, limits=_LIMITS, unavailable=StoreUnavailableError
        )
        self._request_ids: dict[tuple[str, str], str] = {}

    async def like(self, mysfit_id: str, key: str) -> FacadeAnswer:
        """The monolith's answer to this like.

        Raises:
            UnknownMysfitError: there is no such mysfit.
            MonolithUnavailableError, StoreUnavailableError: not stored, or not known to be.
        """
        self._request_ids[mysfit_id, key] = request_ids.current()
        try:
            return await self._groups.add(mysfit_id, key)
        finally:
            self._request_ids.pop((mysfit_id, key), None)

    async def _send(self, mysfit_id: str, keys: Sequence[str], settle: Settle[FacadeAnswer]) -> None:
        origins = [self._request_ids.get((mysfit_id, key), "") for key in keys]
        try:
            if len(keys) == 1:
                answer = await self._send_one(mysfit_id, keys[0], origins[0])
            else:
                answer = await self._send_group(mysfit_id, keys, origins)
        except (MonolithUnavailableError, UnknownMysfitError) as error:
            settle(keys, error)
        else:
            settle(keys, answer)

    async def _send_one(self, mysfit_id: str, key: str, request_id: str) -> FacadeAnswer:
        request_ids.enter(request_id)
        return await self._facade.fulfill(mysfit_id, LIKE.name, key=key)

    async def _send_group(self, mysfit_id: str, keys: Sequence[str], origins: Sequence[str]) -> FacadeAnswer:
        """Under a request id of its own, which the log connects with those of the likes."""
        request_ids.enter(secrets.token_hex(16))
        log.info("Likes are sent on together.", extra=fields(mysfitId=mysfit_id, requestIds=origins))
        answer = await self._facade.fulfill_likes(mysfit_id, keys)
        if answer.status == 404:
            raise UnknownMysfitError(mysfit_id)
        if answer.status != 200:
            log.error("The monolith refused likes that were sent on together: %d %r", answer.status, answer.body[:200])
            raise MonolithUnavailableError("The monolith refused the likes that this one was sent with; try again.")
        return answer
