"""Which credentials a client has."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import aws
from cli.errors import CommandError
from embedded import credentials
from stacks.settings import Settings


def test_the_embedded_aws_is_reached_with_its_keys_whatever_profile_the_shell_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-gone")
    keys = credentials.make()
    credentials.write(tmp_path, keys)
    client = aws.client(Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)}), "sts")
    assert client.meta.endpoint_url == "http://127.0.0.1:4577"
    used = client._request_signer._credentials
    assert (used.access_key, used.secret_key) == (keys.access_key_id, keys.secret_access_key)


def test_without_a_running_embedded_aws_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not run; start it with make deploy"):
        aws.client(Settings.from_environ({"STATE_DIR": str(tmp_path)}), "sts")
