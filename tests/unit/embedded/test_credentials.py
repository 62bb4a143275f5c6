from __future__ import annotations

import re
import stat
from pathlib import Path

import botocore.session
import pytest

from embedded import credentials


def test_keys_have_the_shape_of_awss_and_are_new_every_time() -> None:
    first, second = credentials.make(), credentials.make()
    assert re.fullmatch("AKIA[A-Z2-7]{16}", first.access_key_id)
    assert re.fullmatch("[A-Za-z0-9_-]{40}", first.secret_access_key)
    assert first.access_key_id != second.access_key_id
    assert first.secret_access_key != second.secret_access_key
    assert first.secret_access_key not in repr(first)


def test_only_this_user_reads_the_file_and_every_sdk_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials.write(tmp_path, credentials.make())
    keys = credentials.make()
    credentials.write(tmp_path, keys)
    assert credentials.read(tmp_path) == keys
    path = credentials.path(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in keys.environ:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_PROFILE", credentials.PROFILE)
    read = botocore.session.Session().get_credentials()
    assert (read.access_key, read.secret_key) == (keys.access_key_id, keys.secret_access_key)


@pytest.mark.parametrize("content", ["", "[embedded]\n", "no ini file", "[embedded]\naws_access_key_id = x\n"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    credentials.path(tmp_path).write_text(content)
    assert credentials.read(tmp_path) is None


def test_without_an_embedded_aws_there_are_none(tmp_path: Path) -> None:
    credentials.remove(tmp_path)
    assert credentials.read(tmp_path) is None
