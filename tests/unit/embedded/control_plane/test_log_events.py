"""Log events on disk follow those in memory by what came and went, and come back with the streams that there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

from embedded.control_plane.log_events import LogEvents

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture(autouse=True)
def empty_moto() -> Iterator[None]:
    BackendDict.reset()
    yield
    BackendDict.reset()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log-events.sqlite3"


@pytest.fixture
def file(path: Path) -> LogEvents:
    return LogEvents(path)


def stream(name: str, group: str = "g") -> Any:
    """A log stream, made where it is not there."""
    logs: Any = get_backend("logs")[ACCOUNT][REGION]
    if group not in logs.groups:
        logs.create_log_group(group, {})
    if name not in logs.groups[group].streams:
        logs.create_log_stream(group, name)
    return logs.groups[group].streams[name]


def write(name: str, *messages: str) -> None:
    stream(name).put_log_events([{"timestamp": 1, "message": message} for message in messages])


def keep(file: LogEvents) -> int:
    """Keep what is new; how many events were added."""
    news = file.news()
    assert news is not None
    file.keep(news)
    return sum(map(len, news.added.values()))


def after_a_start(path: Path, *names: str) -> list[list[str]]:
    """Messages of these streams in a process that starts with the file, which has the streams already."""
    BackendDict.reset()
    made = [stream(name) for name in names]
    LogEvents(path).put_back()
    return [[event.message for event in one.events] for one in made]


def test_what_came_is_added_and_comes_back_in_order(file: LogEvents, path: Path) -> None:
    write("a", "one", "two")
    write("b", "three")
    assert keep(file) == 3
    write("a", "four")
    assert keep(file) == 1
    assert file.news() is None
    assert after_a_start(path, "a", "b") == [["one", "two", "four"], ["three"]]


def test_a_start_goes_on_where_the_last_one_ended(file: LogEvents, path: Path) -> None:
    write("a", "one")
    keep(file)
    BackendDict.reset()
    stream("a")
    later = LogEvents(path)
    later.put_back()
    assert later.news() is None
    write("a", "two")
    assert keep(later) == 1
    assert len({event.event_id for event in stream("a").events}) == 2
    assert after_a_start(path, "a") == [["one", "two"]]


def test_what_was_dropped_from_a_stream_and_streams_that_are_gone_leave_the_file(file: LogEvents, path: Path) -> None:
    write("a", "one", "two", "three")
    write("b", "four")
    keep(file)
    del stream("a").events[:2]
    del get_backend("logs")[ACCOUNT][REGION].groups["g"].streams["b"]
    assert keep(file) == 0
    assert file.news() is None
    assert after_a_start(path, "a", "b") == [["three"], []]


def test_a_stream_that_went_while_nobody_ran_leaves_it_too(file: LogEvents, path: Path) -> None:
    write("a", "one")
    write("b", "two")
    keep(file)
    BackendDict.reset()
    stream("b")
    later = LogEvents(path)
    later.put_back()
    assert keep(later) == 0
    assert after_a_start(path, "a", "b") == [[], ["two"]]


def test_a_file_that_vanishes_is_written_anew(file: LogEvents, path: Path) -> None:
    write("a", "one")
    keep(file)
    path.unlink()
    assert keep(file) == 1
    assert after_a_start(path, "a") == [["one"]]


def test_a_damaged_file_is_told_once_and_written_anew(file: LogEvents, path: Path) -> None:
    write("a", "one")
    keep(file)
    path.write_bytes(b"damaged" * 1000)
    write("a", "two")
    news = file.news()
    assert news is not None
    with pytest.raises(OSError, match="not a database"):
        file.keep(news)
    assert keep(file) == 2
    path.write_bytes(b"damaged" * 1000)
    with pytest.raises(OSError, match="not a database"):
        LogEvents(path).put_back()
    assert after_a_start(path, "a") == [[]]


def test_what_cannot_be_written_is_written_the_next_time(
    file: LogEvents, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a", "one")
    news = file.news()
    assert news is not None
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda _: closing(_raise(sqlite3.OperationalError("disk is full"))))
        with pytest.raises(OSError, match="disk is full"):
            file.keep(news)
    assert keep(file) == 1
    assert after_a_start(path, "a") == [["one"]]


def _raise(problem: Exception) -> Any:
    raise problem
