"""A process is killed while it puts a new file of items in place of the old one."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Final

import pytest

from embedded.dynamodb import log_file
from embedded.dynamodb.item_text import Change
from embedded.dynamodb.log_file import LogFile
from tests.unit.embedded.dynamodb.conftest import Database, make_table

_STEPS: Final = ((LogFile, "replace"), (LogFile, "close"), (Path, "unlink"), (Path, "replace"))
"""What a process can be killed before or after."""


class Killed(BaseException):
    """The process ends here."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Do so many steps and no more; the last one only half the time."""
    count = itertools.count()

    def counted(original: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            number = next(count)
            if number > step:
                raise Killed
            found = original(*arguments, **named)
            if number == step:
                raise Killed
            return found

        return call

    for owner, name in _STEPS:
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))


def items(database: Database) -> dict[str, list[str]]:
    return {name: sorted(str(one["Id"]) for one in kept.values()) for name, kept in database.on_disk().items()}


def test_items_of_other_tables_are_there_after_a_kill_at_any_step_of_a_deleted_table(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what was written before the file was closed last, which SQLite keeps beside it."""
    make_table(database.backend, "kept")
    seen = []
    for step in itertools.count():
        make_table(database.backend, "gone")
        for table in ("kept", "gone"):
            database.backend.put_item(table, {"Id": {"S": f"{step}"}})
        expected = sorted(str({"S": f"{number}"}) for number in range(step + 1))
        with monkeypatch.context() as killed:
            kill_at(killed, step)
            try:
                database.backend.delete_table("gone")
                ended = True
            except Killed:
                ended = False
        found = items(database)
        assert found.pop("kept") == expected, step
        seen.append("gone" in found)
        database.backend.tables.pop("gone", None)
        database.restart()
        assert items(database)["kept"] == expected, step
        database.store.write([Change(table_arn=_arn(database, "gone"))])
        if ended:
            break
    assert len(seen) > 6, "there are so many steps"
    assert seen[-1] is False


def _arn(database: Database, name: str) -> str:
    return str(database.backend.tables["kept"].table_arn).replace("kept", name)


def test_what_could_not_be_put_in_place_is_written_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make_table(database.backend, "kept")
    make_table(database.backend, "gone")
    database.backend.put_item("kept", {"Id": {"S": "1"}})
    with monkeypatch.context() as broken:
        broken.setattr(log_file, "_settle", _refuse)
        database.backend.delete_table("gone")
    for number in ("2", "3"):
        database.backend.put_item("kept", {"Id": {"S": number}})
    assert items(database) == {"kept": [str({"S": number}) for number in "123"]}


def _refuse(path: Path) -> None:
    raise OSError(f"{path} is held")


def test_a_file_that_sqlite_has_not_ended_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "items"
    log_file.write_new(path, [b"[]"])
    before = path.read_bytes()
    monkeypatch.setattr(LogFile, "close", lambda _: None)
    with pytest.raises(OSError, match=r"has not ended its work on items\.new"):
        log_file.write_new(path, [])
    assert path.read_bytes() == before
