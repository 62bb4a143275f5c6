"""Which credentials a client has."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import aws
from cli.errors import CommandError
from embedded import credentials
from settings.settings import Settings
from tests.support import say_it_runs


def test_the_embedded_aws_is_reached_with_its_keys_whatever_profile_the_shell_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-gone")
    keys = credentials.make()
    credentials.write(tmp_path, keys)
    say_it_runs(tmp_path, aws_port=4577)
    client = aws.client(Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)}), "sts")
    assert client.meta.endpoint_url == "http://127.0.0.1:4577"
    used = client._request_signer._credentials
    assert (used.access_key, used.secret_key) == (keys.access_key_id, keys.secret_access_key)


def test_an_embedded_aws_that_ended_is_not_asked_whoever_has_its_port_now(tmp_path: Path) -> None:
    """Its credentials are still there after a crash; another checkout's may answer on the same port."""
    credentials.write(tmp_path, credentials.make())
    say_it_runs(tmp_path, aws_port=4577, started_at=1.0)
    with pytest.raises(CommandError, match="does not run; start it with make deploy"):
        aws.client(Settings.from_environ({"AWS_PORT": "4577", "STATE_DIR": str(tmp_path)}), "sts")


def test_another_aws_port_than_the_running_one_is_told(tmp_path: Path) -> None:
    credentials.write(tmp_path, credentials.make())
    say_it_runs(tmp_path, aws_port=4577)
    with pytest.raises(CommandError, match="runs with AWS_PORT=4577") as caught:
        aws.client(Settings.from_environ({"AWS_PORT": "4566", "STATE_DIR": str(tmp_path)}), "sts")
    assert caught.value.exit_code == 2


def test_without_a_running_embedded_aws_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not run; start it with make deploy"):
        aws.client(Settings.from_environ({"STATE_DIR": str(tmp_path)}), "sts")
