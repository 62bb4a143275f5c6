"""The status table tells where the paths really go."""

from __future__ import annotations

from typing import Any

import pytest

from cli import status
from cli.phases import Canary, Live
from settings.settings import Settings

SETTINGS = Settings.from_environ({})
OUTPUTS: dict[str, Any] = {"stage": "adopt", "api_url": "http://api", "site_url": "http://site", "cluster_name": "c"}


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Percent that each service gets."""
    found = {"like": 100, "adopt": 100}
    now = Live(stage="adopt", weights=found, canaries={"like": Canary(image_tag="abc", weight=10)})
    monkeypatch.setattr("cli.status.live.read", lambda *_: now)
    monkeypatch.setattr(status, "_services", lambda *_: [])
    monkeypatch.setattr("cli.status.daemon_health.warning_rows", lambda _: [])
    return found


def shown(capsys: pytest.CaptureFixture[str], *, unfinished: bool = False) -> str:
    status.show(SETTINGS, OUTPUTS, unfinished=unfinished)
    return capsys.readouterr().out


@pytest.mark.usefixtures("weights")
def test_a_service_that_gets_all_of_its_paths_needs_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Paths of" not in shown(capsys)


def test_a_service_that_shares_its_paths_is_named_with_its_share(
    weights: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    weights["like"] = 30
    del weights["adopt"]
    text = shown(capsys, unfinished=True)
    assert "Paths of like   30 % to it, the rest to the monolith" in text
    assert "Paths of adopt  0 % to it, the rest to the monolith" in text
    assert "the last deploy was cut off or failed; run make deploy to go on" in text


@pytest.mark.usefixtures("weights")
def test_a_canary_at_work_is_named_with_its_share_and_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Canary of like  10 % of its requests to like:abc" in shown(capsys)
