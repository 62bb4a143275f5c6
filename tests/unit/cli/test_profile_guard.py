"""What the profile of an environment gave it is not taken away because somebody forgot or changed PROFILE."""

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
    outputs: dict[str, Any] = {}
    if deployed is not None:
        outputs = {"stage": {"value": "split"}, **({"profile": {"value": deployed}} if deployed else {})}
    monkeypatch.setattr(state_file, "read", lambda _: {"outputs": outputs})
    profile_guard.require_same(Settings.from_environ({**PLACE, **environ}))


@pytest.mark.parametrize("force", ["", "cost"])
def test_a_forgotten_profile_is_refused_before_anything_changes(force: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE", force)
    with pytest.raises(CommandError, match=r"was deployed with PROFILE=production.*Nothing was changed") as caught:
        require(monkeypatch, "production")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("deployed", "environ", "said"),
    [
        ("", {}, r"run at full price, and with PROFILE=dev they would run on Spot"),
        ("dev", {"PROFILE": "production", **HTTPS}, r"run on Spot, and with PROFILE=production .* at full price"),
    ],
)
def test_services_are_not_made_anew_for_their_price_unless_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, deployed: str, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(
        CommandError, match=said + r".*nobody is served for some minutes.*Nothing was changed"
    ) as caught:
        require(monkeypatch, deployed, **environ)
    assert caught.value.exit_code == 2
    monkeypatch.setenv("FORCE", "1")
    require(monkeypatch, deployed, **environ)


def test_who_insists_gets_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE", "1")
    require(monkeypatch, "production")


@pytest.mark.parametrize(
    ("deployed", "environ"),
    [
        (None, {}),
        ("dev", {}),
        ("", {"PROFILE": "production", **HTTPS}),
        ("production", {"PROFILE": "production", **HTTPS}),
        ("production", {"TARGET": "local"}),
    ],
)
def test_everything_else_is_as_the_person_says(
    monkeypatch: pytest.MonkeyPatch, deployed: str | None, environ: dict[str, str]
) -> None:
    require(monkeypatch, deployed, **environ)
