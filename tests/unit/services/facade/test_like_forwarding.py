"""Likes on their way to the monolith: who goes with whom, under which request id, and what each of them hears."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection
from typing import cast

import pytest

from services.facade.like_forwarding import LikeForwarding
from services.facade.monolith_facade import FacadeAnswer, MonolithFacade, MonolithUnavailableError
from services.kit import request_ids
from services.mysfits.mysfits import UnknownMysfitError


def answer(status: int = 200) -> FacadeAnswer:
    return FacadeAnswer(status=status, content_type="application/json", body=b"{}", served_by="monolith")


class Facade:
    """Notes what it is asked; answers once ``go_on`` is set."""

    def __init__(self, result: FacadeAnswer | Exception) -> None:
        self.result = result
        self.go_on = asyncio.Event()
        self.asked: list[tuple[str, ...]] = []
        self.request_ids: list[str] = []

    async def fulfill(self, mysfit_id: str, action: str, *, key: str) -> FacadeAnswer:
        return await self._answer((mysfit_id, action, key))

    async def fulfill_likes(self, mysfit_id: str, keys: Collection[str]) -> FacadeAnswer:
        return await self._answer((mysfit_id, *keys))

    async def _answer(self, asked: tuple[str, ...]) -> FacadeAnswer:
        self.asked.append(asked)
        self.request_ids.append(request_ids.current())
        await self.go_on.wait()
        if len(asked) == 3 and asked[1] == "like":
            return answer()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def like(forwarding: LikeForwarding, key: str) -> FacadeAnswer | BaseException:
    """One like in a request of its own; its answer or error."""
    request_ids.enter(f"request-of-{key}")
    try:
        return await forwarding.like("m", key)
    except (UnknownMysfitError, MonolithUnavailableError) as error:
        return error


async def first_and_crowd(facade: Facade) -> tuple[LikeForwarding, list[FacadeAnswer | BaseException]]:
    """One like that is under way, and three that come meanwhile; what all four hear."""
    forwarding = LikeForwarding(cast(MonolithFacade, facade))
    likes = [asyncio.create_task(like(forwarding, "first"))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    likes += [asyncio.create_task(like(forwarding, key)) for key in ("a", "b", "c")]
    for _ in range(5):
        await asyncio.sleep(0)
    facade.go_on.set()
    return forwarding, list(await asyncio.gather(*likes))


async def test_a_lone_like_goes_under_its_own_request_id() -> None:
    facade = Facade(answer())
    facade.go_on.set()
    heard = await like(LikeForwarding(cast(MonolithFacade, facade)), "k")
    assert heard == answer()
    assert facade.asked == [("m", "like", "k")]
    assert facade.request_ids == ["request-of-k"]


async def test_what_comes_meanwhile_goes_together_under_an_id_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    facade = Facade(answer())
    forwarding, heard = await first_and_crowd(facade)
    assert heard == [answer()] * 4
    assert facade.asked == [("m", "like", "first"), ("m", "a", "b", "c")]
    assert facade.request_ids[0] == "request-of-first"
    assert re.fullmatch(r"[0-9a-f]{16,64}", facade.request_ids[1])
    (record,) = (one for one in caplog.records if one.getMessage() == "Likes are sent on together.")
    origins = ["request-of-a", "request-of-b", "request-of-c"]
    assert record.__dict__["fields"] == {"mysfitId": "m", "requestIds": origins}
    assert forwarding._request_ids == {}


async def test_all_of_a_group_hear_that_there_is_no_such_mysfit() -> None:
    _, heard = await first_and_crowd(Facade(answer(404)))
    assert heard[0] == answer()
    assert [type(one) for one in heard[1:]] == [UnknownMysfitError] * 3
    assert "There is no mysfit m;" in str(heard[1])


@pytest.mark.parametrize("status", [201, 400, 405, 429])
async def test_a_refused_group_may_be_tried_again_and_is_an_error_in_the_log(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    _, heard = await first_and_crowd(Facade(answer(status)))
    assert [type(one) for one in heard[1:]] == [MonolithUnavailableError] * 3
    assert str(heard[1]) == "The monolith refused the likes that this one was sent with; try again."
    (record,) = (one for one in caplog.records if one.levelno == logging.ERROR)
    assert record.getMessage() == f"The monolith refused likes that were sent on together: {status} b'{{}}'"


async def test_an_unavailable_monolith_is_heard_by_each() -> None:
    forwarding, heard = await first_and_crowd(Facade(MonolithUnavailableError("away", retry_after_seconds=9)))
    assert [str(one) for one in heard[1:]] == ["away"] * 3
    assert forwarding._request_ids == {}
