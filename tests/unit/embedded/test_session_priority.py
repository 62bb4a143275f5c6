"""A session's share of a busy processor, as Linux keeps it in a file of the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import session_priority

PID = 7


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the file in /proc."""
    monkeypatch.setattr(session_priority, "_file", lambda pid: tmp_path / str(pid))
    return tmp_path / str(PID)


def test_it_is_read_as_linux_writes_it(file: Path) -> None:
    for text, value in (
        ("/autogroup-12 nice 0\n", 0),
        ("/autogroup-345 nice 19\n", 19),
        ("/autogroup-6 nice -5\n", -5),
    ):
        file.write_text(text)
        assert session_priority.niceness(PID) == value


def test_it_is_written_as_linux_reads_it(file: Path) -> None:
    assert session_priority.set_niceness(PID, 10)
    assert file.read_text() == "10"


@pytest.mark.usefixtures("file")
def test_where_there_are_no_such_sessions_it_is_nought_and_stays_so(tmp_path: Path) -> None:
    assert session_priority.niceness(PID) == 0
    (tmp_path / str(PID)).mkdir()  # cannot be written to
    assert not session_priority.set_niceness(PID, 10)
    assert session_priority.niceness(PID) == 0
