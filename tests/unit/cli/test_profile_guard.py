"""An environment of production does not become one of development because somebody forgot PROFILE."""

from __future__ import annotations

from typing import Any

import pytest

from cli import profile_guard, state_file
from cli.errors import CommandError
from settings.settings import Settings

PLACE = {"TARGET": "aws", "REGION": "eu-central-1"}
HTTPS = {
    "DOMAIN": "api.example.com",
    "CERTIFICATE_ARN": "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
}


def require(monkeypatch: pytest.MonkeyPatch, deployed: str | None, **environ: str) -> None:
    outputs: dict[str, Any] = {} if deployed is None else {"profile": {"value": deployed}}
    monkeypatch.setattr(state_file, "read", lambda _: {"outputs": outputs})
    profile_guard.require_same(Settings.from_environ({**PLACE, **environ}))


def test_a_forgotten_profile_is_refused_before_anything_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=r"was deployed with PROFILE=production.*Nothing was changed") as caught:
        require(monkeypatch, "production")
    assert caught.value.exit_code == 2


def test_who_insists_gets_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE", "1")
    require(monkeypatch, "production")


@pytest.mark.parametrize(
    ("deployed", "environ"),
    [
        (None, {}),
        ("dev", {}),
        ("dev", {"PROFILE": "production", **HTTPS}),
        ("production", {"PROFILE": "production", **HTTPS}),
        ("production", {"TARGET": "local"}),
    ],
)
def test_everything_else_is_as_the_person_says(
    monkeypatch: pytest.MonkeyPatch, deployed: str | None, environ: dict[str, str]
) -> None:
    require(monkeypatch, deployed, **environ)
