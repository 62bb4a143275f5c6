"""The queue of shadow requests: bounded, never waited for, and at its end within its time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.kit.differences import Answer
from services.kit.environment import EnvironmentReader
from services.kit.shadow_calls import (
    PREVIEW_HEADER,
    AloneError,
    GatewayError,
    NoAnswerError,
    NoTargetError,
    Send,
    ShadowCalls,
    ShadowRequest,
    ShadowSettings,
)
from services.kit.shadow_counts import ShadowCounts
from systems.rules import side_header
from tests.unit.virtual_time import now, run_in_virtual_time

OLD = Answer(status=200, content_type="application/json", body=b'{"a":1}')
ROUTE = "GET /orders"


def request(*, answer: Answer = OLD) -> ShadowRequest:
    return ShadowRequest(
        route=ROUTE,
        method="GET",
        target="/orders",
        headers={},
        body=b"",
        request_id="r",
        answer=answer,
        ask_old_again=None,
    )


class NewSide:
    """Answers as told, after ``seconds``; knows how many it answered at once."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.answers: list[Answer | Exception] = []
        self.asked = self.at_once = self.most_at_once = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        yield self._send

    async def _send(self, request: ShadowRequest) -> Answer:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        answer = self.answers.pop(0) if self.answers else request.answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Fields of the lines so far, as they stand in the log."""
    return [
        json.loads(json.dumps(record.__dict__["fields"])) for record in caplog.records if "fields" in record.__dict__
    ]


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="services.kit")


def test_what_there_is_no_room_for_is_dropped_at_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    new = NewSide(seconds=0.001)

    async def story() -> None:
        calls = ShadowCalls(new.open)
        serving = calls.while_serving()
        await anext(serving)
        for _ in range(300):
            calls.offer(request())
        assert (now(), new.asked) == (0, 0), "nobody waited"
        await anext(serving, None)

    run_in_virtual_time(story())
    (line,) = lines(caplog)
    assert (line["route"], line["asked"], line["same"], line["dropped"]) == (ROUTE, 256, 256, 44)
    assert new.most_at_once == 4


def test_what_is_left_two_seconds_after_the_end_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    new = NewSide(seconds=0.9)

    async def story() -> float:
        calls = ShadowCalls(new.open)
        serving = calls.while_serving()
        await anext(serving)
        for _ in range(20):
            calls.offer(request())
        await anext(serving, None)
        return now()

    assert run_in_virtual_time(story()) == 2
    (line,) = lines(caplog)
    assert (line["same"], line["dropped"]) == (8, 12)


def test_counts_are_told_every_five_seconds_and_only_if_there_are_any(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        calls = ShadowCalls(NewSide().open)
        serving = calls.while_serving()
        await anext(serving)
        for _ in range(2):
            calls.offer(request())
            await asyncio.sleep(12)
        await anext(serving, None)

    run_in_virtual_time(story())
    assert [line["same"] for line in lines(caplog)] == [1, 1]


def test_failures_are_counted_by_reason_and_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    new = NewSide()
    new.answers = [NoAnswerError("silence"), NoAnswerError("silence"), RuntimeError("x"), OLD]

    async def story() -> None:
        calls = ShadowCalls(new.open)
        serving = calls.while_serving()
        await anext(serving)
        for _ in range(4):
            calls.offer(request())
        await anext(serving, None)

    run_in_virtual_time(story())
    (line,) = lines(caplog)
    assert (line["failed"], line["same"], line["asked"]) == ({"silence": 2, "RuntimeError": 1}, 1, 4)


def test_a_route_without_anybody_new_is_asked_again_five_seconds_later() -> None:
    new = NewSide()
    new.answers = [AloneError()]

    async def story() -> None:
        calls = ShadowCalls(new.open, clock=asyncio.get_running_loop().time)
        serving = calls.while_serving()
        await anext(serving)
        calls.offer(request())
        assert not calls.is_alone(ROUTE)
        await asyncio.sleep(0.1)
        assert calls.is_alone(ROUTE)
        assert not calls.is_alone("GET /others")
        assert calls.counts.of(ROUTE).alone == 1
        await asyncio.sleep(5)
        assert not calls.is_alone(ROUTE)
        await anext(serving, None)

    run_in_virtual_time(story())


@pytest.mark.parametrize("problem", [NoTargetError(), GatewayError("502 from the load balancer")], ids=["503", "502"])
def test_a_new_side_that_comes_up_is_nobody_yet_and_one_that_was_there_fails(problem: Exception) -> None:
    """It is coming up also while one of its tasks answers and another one does not yet; then a minute has passed."""
    new = NewSide()
    new.answers = [problem, OLD, problem, problem, AloneError(), problem]

    async def story() -> list[tuple[int, int, int]]:
        calls = ShadowCalls(new.open, clock=asyncio.get_running_loop().time)
        serving = calls.while_serving()
        await anext(serving)
        seen = []
        for wait_seconds in (0, 1, 1, 60, 1, 1):
            await asyncio.sleep(wait_seconds)
            calls.counts = ShadowCounts()
            calls.offer(request())
            await asyncio.sleep(0.1)
            counts = calls.counts.of(ROUTE)
            seen.append((counts.alone, counts.same, counts.failed.total()))
        await anext(serving, None)
        return seen

    expected = [(1, 0, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 0)]
    assert run_in_virtual_time(story()) == expected


def test_a_new_side_that_does_not_answer_within_a_minute_fails() -> None:
    new = NewSide()
    new.answers = [GatewayError("502 from the load balancer")] * 3

    async def story() -> list[tuple[int, int]]:
        calls = ShadowCalls(new.open, clock=asyncio.get_running_loop().time)
        serving = calls.while_serving()
        await anext(serving)
        seen = []
        for _ in range(3):
            calls.counts = ShadowCounts()
            calls.offer(request())
            await asyncio.sleep(0.1)
            counts = calls.counts.of(ROUTE)
            seen.append((counts.alone, counts.failed["502 from the load balancer"]))
            await asyncio.sleep(30)
        await anext(serving, None)
        return seen

    assert run_in_virtual_time(story()) == [(1, 0), (1, 0), (0, 1)]


def test_a_line_shows_eight_kinds_of_fields_and_short_values(caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps({f"f{number}": "v" * 99 for number in range(20)}).encode()
    new = NewSide()
    new.answers = [Answer(status=200, content_type="application/json", body=b"{}")]

    async def story() -> None:
        calls = ShadowCalls(new.open)
        serving = calls.while_serving()
        await anext(serving)
        calls.offer(request(answer=Answer(status=200, content_type="application/json", body=body)))
        await anext(serving, None)

    run_in_virtual_time(story())
    (line,) = lines(caplog)
    assert len(line["differences"]) == 8
    assert line["differences"]["f0"] == {"answers": 1, "old": "v" * 39 + "…", "new": "nothing"}


def test_settings_without_a_share_want_nothing_else() -> None:
    reader = EnvironmentReader({"SHADOW_PERCENT": "0", "SHADOW_URL": "x y", "SHADOW_KEY": "short"})
    assert (ShadowSettings.read(reader), reader.problems) == (None, [])


def test_settings_with_a_share_say_everything_that_is_missing() -> None:
    reader = EnvironmentReader({"SHADOW_PERCENT": "5"})
    ShadowSettings.read(reader)
    assert [problem.split(" ")[0] for problem in reader.problems] == ["SHADOW_KEY", "SHADOW_URL", "SHADOW_REVISION"]


def test_settings_do_not_show_the_key() -> None:
    environ = {"SHADOW_PERCENT": "5", "SHADOW_URL": "lb:80", "SHADOW_KEY": "k" * 40, "SHADOW_REVISION": "abc"}
    reader = EnvironmentReader(environ)
    settings = ShadowSettings.read(reader)
    assert reader.problems == []
    assert settings == ShadowSettings(percent=5, url="lb:80", key="k" * 40, revision="abc")
    assert "kkk" not in repr(settings)


def test_the_header_is_that_of_the_preview_rules() -> None:
    """Images do not contain the rules, so the kit has the name by itself."""
    assert side_header("new", "key") == {PREVIEW_HEADER: "new:key"}
