from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from services.kit import request_ids
from services.kit.logs import JsonLineHandler, fields


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> logging.Logger:
    logger = logging.Logger("tested")
    logger.addHandler(JsonLineHandler(stream, "monolith"))
    return logger


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_service_and_fields(log: logging.Logger, stream: io.StringIO) -> None:
    log.info("Like %s.", "processed", extra=fields(mysfitId="a", odd={1}))
    (line,) = lines(stream)
    assert (line["message"], line["service"], line["level"]) == ("Like processed.", "monolith", "INFO")
    assert (line["mysfitId"], line["odd"]) == ("a", "{1}")


async def test_line_carries_the_request_id(log: logging.Logger, stream: io.StringIO) -> None:
    request_ids.enter("id-1")
    log.warning("Odd.")
    assert lines(stream)[0]["requestId"] == "id-1"


def test_line_breaks_cannot_forge_a_line(log: logging.Logger, stream: io.StringIO) -> None:
    log.info("first\n{}\u2028", extra=fields(path="\r\nsecond"))
    assert len(stream.getvalue().split("\n")) == 2
    assert len(lines(stream)) == 1


def test_what_json_can_hardly_say_is_said_all_the_same(log: logging.Logger, stream: io.StringIO) -> None:
    log.info("Odd.", extra=fields(half="\ud800", large=1 << 70, name="Dr\u00e4che"))
    assert stream.getvalue().isascii()
    (line,) = lines(stream)
    assert (line["half"], line["large"], line["name"]) == ("\ud800", 1 << 70, "Dr\u00e4che")


def test_exception_is_one_field(log: logging.Logger, stream: io.StringIO) -> None:
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("Failed.")
    assert "ValueError: why" in lines(stream)[0]["exception"]


async def test_lines_of_one_moment_are_written_together_and_in_order(log: logging.Logger, stream: io.StringIO) -> None:
    log.info("1")
    log.info("2")
    assert stream.getvalue() == ""
    log.warning("3")
    assert [line["message"] for line in lines(stream)] == ["1", "2", "3"]
