"""Which credentials a client has."""

from __future__ import annotations

import pytest

from cli import aws
from stacks.settings import Settings


def test_the_embedded_aws_is_reached_whatever_profile_the_shell_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-gone")
    client = aws.client(Settings.from_environ({"AWS_PORT": "4577"}), "sts")
    assert client.meta.endpoint_url == "http://127.0.0.1:4577"
