"""Documents of an environment: private files here, or objects of the state bucket, which never lie about a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli import records
from cli.errors import CommandError
from cli.records import FileRecord, ObjectRecord
from settings.settings import Settings
from tests.unit.cli.serving import serve
from tests.unit.cli.state_objects import BUCKET, StateObjects

SETTINGS = Settings.from_environ({"TARGET": "aws", "ENV": "test", "STATE_BUCKET": BUCKET})
KEY = "mysfits-test.tfstate"
RECORD = ObjectRecord(SETTINGS, KEY)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> StateObjects:
    made = StateObjects()
    serve(monkeypatch, SETTINGS, made, "s3")
    return made


def test_a_document_is_in_the_bucket_where_there_is_one_and_beside_the_state_elsewhere(tmp_path: Path) -> None:
    found = records.of(SETTINGS, ".releases.json")
    assert (found, str(found)) == (
        ObjectRecord(SETTINGS, "mysfits-test.releases.json"),
        f"s3://{BUCKET}/mysfits-test.releases.json",
    )
    local = Settings.from_environ({"ENV": "test", "STATE_DIR": str(tmp_path)})
    path = local.terraform_state.with_name("mysfits-test.releases.json")
    assert records.of(local, ".releases.json") == FileRecord(path)
    assert str(FileRecord(path)) == str(path)


def test_a_file_is_private_and_may_be_absent(tmp_path: Path) -> None:
    record = FileRecord(tmp_path / "folder" / "document")
    record.remove()
    assert record.read() is None
    record.path.parent.mkdir()
    with pytest.raises(CommandError, match="is a folder, and has to be a file; move it away"):
        FileRecord(record.path.parent).read()
    assert FileRecord(Path(__file__) / "document").read() is None, "the caller tells of a file in a folder's place"
    for text in ("one", "zwölf"):
        record.write(text)
        assert record.read() == text
    assert record.path.stat().st_mode & 0o777 == 0o600
    record.remove()
    assert record.read() is None


def test_an_object_is_written_read_and_removed(bucket: StateObjects) -> None:
    assert RECORD.read() is None
    RECORD.write("zwölf")
    assert (bucket.objects, RECORD.read()) == ({KEY: "zwölf"}, "zwölf")
    RECORD.write("two")
    RECORD.remove()
    assert (bucket.objects, RECORD.read()) == ({}, None)


@pytest.mark.parametrize("exists", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_only_one_creates_an_object(bucket: StateObjects, exists: str) -> None:
    bucket.exists = exists
    assert RECORD.create("first")
    assert not RECORD.create("second")
    assert bucket.objects == {KEY: "first"}


def test_an_object_that_s3_does_not_know_is_absent_by_either_code(bucket: StateObjects) -> None:
    bucket.refuses = "404"
    assert RECORD.read() is None


@pytest.mark.parametrize(
    "use",
    [RECORD.read, lambda: RECORD.write("x"), lambda: RECORD.create("x"), RECORD.remove],
    ids=["read", "write", "create", "remove"],
)
def test_what_s3_refuses_is_told_in_one_line_with_the_object(bucket: StateObjects, use: Callable[[], object]) -> None:
    bucket.refuses = "AccessDenied"
    with pytest.raises(CommandError) as caught:
        use()
    text = str(caught.value)
    assert text.startswith(f"s3://{BUCKET}/{KEY} cannot be used (")
    assert "AccessDenied" in text
    assert "no); see STATE_BUCKET" in text
    assert "\n" not in text
