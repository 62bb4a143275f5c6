"""The facade's decisions: what is sent again and for how long, what is passed on, what counts as no answer."""

from __future__ import annotations

import json
import logging
from typing import Any

import aiohttp
import pytest

from services.facade.monolith_facade import FacadeAnswer, MonolithUnavailableError
from services.kit.problems import MEDIA_TYPE
from services.mysfits.api import UNKNOWN_MYSFIT
from tests.unit.services.facade.played_session import KEY, LIMIT, SILENCE, Answer, Session, call


def passed_on(answer: Answer) -> bool:
    return isinstance(call(Session(answer)).result, FacadeAnswer)


@pytest.fixture
def longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", max)


@pytest.fixture
def shortest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", min)


def test_one_like_goes_by_its_key_and_its_answer_comes_back() -> None:
    session = Session(Answer(body=b'{"likes": 7}'))
    outcome = call(session)
    assert outcome.result == FacadeAnswer(
        status=200, content_type="application/json", body=b'{"likes": 7}', served_by="monolith"
    )
    headers = {"Idempotency-Key": "k-1", "X-Fulfill-Key": KEY, "X-Request-Id": "r-1"}
    assert session.asked == [{"path": "/mysfits/m-1/fulfill-like", "headers": headers, "allow_redirects": False}]


def test_many_likes_go_to_a_path_of_their_own() -> None:
    session = Session(Answer())
    call(session, lambda monolith: monolith.fulfill_likes("m-1", ["a", "b"]))
    (asked,) = session.asked
    assert asked["path"] == "/mysfits/m-1/fulfill-likes"
    assert "Idempotency-Key" not in asked["headers"]
    assert sorted(asked["headers"]) == ["Idempotency-Keys", "X-Fulfill-Key", "X-Request-Id"]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (aiohttp.ClientConnectionError("reset"), "ClientConnectionError: reset"),
        (ConnectionRefusedError("nobody there"), "ConnectionRefusedError: nobody there"),
        (Answer(status=502, headers={}), "502 from the load balancer"),
        (Answer(status=503, headers={}), "503 from the load balancer"),
        (Answer(status=504, headers={}), "504 from the load balancer"),
        (SILENCE, "silence"),
    ],
)
def test_what_is_no_answer_of_the_monolith_is_asked_for_again_with_the_same_key(
    first: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    session = Session(first, Answer())
    assert isinstance(call(session).result, FacadeAnswer)
    assert len(session.asked) == 2
    assert session.asked[0] == session.asked[1]
    (record,) = caplog.records
    assert record.getMessage() == f"No answer of the monolith: {reason}"
    assert record.__dict__["fields"] == {"path": "/mysfits/m-1/fulfill-like"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, headers={}),
        Answer(status=501, headers={}),
        Answer(status=505, headers={}),
        Answer(status=502),
        Answer(status=503),
        Answer(status=504),
        Answer(status=599),
    ],
)
def test_the_monoliths_own_failure_is_final(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    session = Session(answer, Answer())
    outcome = call(session)
    assert str(outcome.result) == "The monolith cannot serve this now; try again later."
    assert (len(session.asked), outcome.at) == (1, 0.0)
    (record,) = caplog.records
    assert record.getMessage() == f"The monolith answered {answer.status} to POST /asked"


@pytest.mark.usefixtures("longest_pauses")
def test_pauses_double_up_to_half_a_second_for_nine_seconds() -> None:
    session = Session(OSError("gone"))
    outcome = call(session)
    assert session.asked_at[:7] == [0.0, 0.05, 0.15, 0.35, 0.75, 1.25, 1.75]
    assert (session.asked_at[-1], outcome.at) == (8.75, 9.25)
    assert isinstance(outcome.result, MonolithUnavailableError)
    assert "Try again with the same Idempotency-Key." in str(outcome.result)
    assert outcome.result.retry_after_seconds == 1


def test_pauses_begin_anywhere_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, float]] = []

    def uniform(lowest: float, highest: float) -> float:
        bounds.append((lowest, highest))
        return highest

    monkeypatch.setattr("random.uniform", uniform)
    call(Session(OSError("gone"), OSError("gone"), Answer()))
    assert bounds == [(0, 0.05), (0, 0.1)]


@pytest.mark.usefixtures("longest_pauses")
def test_silence_is_waited_for_four_and_a_half_seconds_and_never_beyond_nine() -> None:
    session = Session(SILENCE)
    outcome = call(session)
    assert (session.asked_at, outcome.at) == ([0.0, 4.55], 9.1)


@pytest.mark.usefixtures("shortest_pauses")
def test_nothing_is_sent_when_the_time_is_just_over() -> None:
    session = Session(SILENCE)
    outcome = call(session)
    assert (session.asked_at, outcome.at) == ([0.0, 4.5], 9.0)


def problem(status: int, kind: object = "about:blank", content_type: str = MEDIA_TYPE) -> Answer:
    return Answer(status=status, content_type=content_type, body=json.dumps({"type": kind}).encode())


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (Answer(), True),
        (Answer(content_type="text/html"), False),
        (Answer(content_type=MEDIA_TYPE), False),
        (Answer(status=201), False),
        (Answer(status=302), False),
        (Answer(status=399, content_type=MEDIA_TYPE), False),
        (problem(400), True),
        (problem(400, content_type="text/html"), False),
        (problem(401), False),
        (problem(402), True),
        (problem(403), False),
        (problem(404), False),
        (problem(404, UNKNOWN_MYSFIT), True),
        (problem(404, UNKNOWN_MYSFIT, content_type="application/json"), False),
        (Answer(status=404, content_type=MEDIA_TYPE, body=b"no JSON"), False),
        (Answer(status=404, content_type=MEDIA_TYPE, body=json.dumps([UNKNOWN_MYSFIT]).encode()), False),
        (Answer(status=404, content_type=MEDIA_TYPE, body=b'"type"'), False),
        (Answer(status=404, content_type=MEDIA_TYPE, body=b"{}"), False),
        (problem(405), False),
        (problem(409), True),
        (problem(429), True),
        (problem(499), True),
        (problem(500), False),
    ],
)
def test_only_what_the_monolith_says_to_the_client_is_passed_on(answer: Answer, passes: bool) -> None:
    assert passed_on(answer) == passes


def test_what_no_monolith_would_say_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    outcome = call(Session(Answer(status=403, content_type="text/html"), Answer()))
    assert str(outcome.result) == "The monolith does not serve this action now; try again later."
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("POST /asked was answered 403 (text/html), not as the monolith does")
    assert isinstance(outcome.result, MonolithUnavailableError)
    assert outcome.result.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("1", 1),
        ("0", 1),
        ("60", 60),
        ("61", 60),
        ("99999", 60),
        ("100000", 1),
        ("", 1),
        ("soon", 1),
        ("٣", 1),
    ],
)
def test_the_monoliths_retry_after_is_kept_within_a_minute(header: str, seconds: int) -> None:
    outcome = call(Session(Answer(status=503, headers={"X-Served-By": "monolith", "Retry-After": header})))
    assert isinstance(outcome.result, MonolithUnavailableError)
    assert outcome.result.retry_after_seconds == seconds


def test_without_retry_after_it_is_a_second() -> None:
    outcome = call(Session(Answer(status=500, headers={})))
    assert isinstance(outcome.result, MonolithUnavailableError)
    assert outcome.result.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("headers", "served_by"),
    [
        ({"X-Served-By": "mono-2"}, "mono-2"),
        ({"X-Served-By": "x" * 64}, "x" * 64),
        ({"X-Served-By": "x" * 65}, ""),
        ({"X-Served-By": "two words"}, ""),
        ({}, ""),
    ],
)
def test_only_a_service_name_is_told_on(headers: dict[str, str], served_by: str) -> None:
    outcome = call(Session(Answer(headers=headers)))
    assert isinstance(outcome.result, FacadeAnswer)
    assert outcome.result.served_by == served_by


@pytest.mark.parametrize(("size", "closed"), [(LIMIT - 1, False), (LIMIT, False), (LIMIT + 1, True), (LIMIT * 3, True)])
def test_no_more_than_an_answers_size_is_read(size: int, closed: bool) -> None:
    answer = Answer(body=b"x" * size)
    outcome = call(Session(answer))
    assert isinstance(outcome.result, FacadeAnswer)
    assert answer.closed == closed
    assert len(outcome.result.body) == min(size, 7 * answer.chunk_bytes)


def test_the_log_has_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call(Session(aiohttp.ClientConnectionError(), Answer(status=400), Answer()))
    assert KEY not in caplog.text
