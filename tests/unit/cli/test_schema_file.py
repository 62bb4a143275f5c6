"""The provider's schema is kept for the program that gave it, and for no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.schema_file import SchemaFile


@pytest.fixture
def stack_dir(tmp_path: Path) -> Path:
    """The folder of a stack, initialised."""
    (tmp_path / ".terraform").mkdir()
    return tmp_path


@pytest.fixture
def program(stack_dir: Path) -> Path:
    found = stack_dir / ".terraform" / "provider"
    found.write_bytes(b"program")
    return found


def kept(stack_dir: Path) -> list[Path]:
    return list((stack_dir / ".terraform").glob("schema-*"))


def test_what_is_written_is_read_by_the_next(stack_dir: Path, program: Path) -> None:
    assert SchemaFile(stack_dir, program).read() is None
    SchemaFile(stack_dir, program).write(b"schema")
    assert SchemaFile(stack_dir, program).read() == b"schema"
    (path,) = kept(stack_dir)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", ["size", "time"])
def test_another_program_has_a_schema_of_its_own_and_that_one_alone_is_kept(
    change: str, stack_dir: Path, program: Path
) -> None:
    SchemaFile(stack_dir, program).write(b"schema")
    if change == "size":
        program.write_bytes(b"longer program")
    else:
        os.utime(program, ns=(1, 1))
    assert SchemaFile(stack_dir, program).read() is None
    SchemaFile(stack_dir, program).write(b"other")
    assert SchemaFile(stack_dir, program).read() == b"other"
    assert len(kept(stack_dir)) == 1


@pytest.mark.parametrize("broken", [b"", b"short", bytes(32) + b"schema"])
def test_a_file_that_is_not_whole_is_none(broken: bytes, stack_dir: Path, program: Path) -> None:
    SchemaFile(stack_dir, program).write(b"schema")
    (path,) = kept(stack_dir)
    path.write_bytes(broken)
    assert SchemaFile(stack_dir, program).read() is None


def test_where_it_cannot_be_kept_nothing_happens(tmp_path: Path, program: Path) -> None:
    elsewhere = SchemaFile(tmp_path / "never initialised", program)
    elsewhere.write(b"schema")
    assert elsewhere.read() is None
    gone = SchemaFile(tmp_path, tmp_path / "no program")
    gone.write(b"schema")
    assert gone.read() is None
